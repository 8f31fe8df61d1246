"""Images, layers, uploads, manifests: what a repository holds, how it arrives and how it goes."""

// @sigstore/oci as sigstore-js uses it: find an image's digest by its tag, attach an artifact to it.
const oci = require("@sigstore/oci");

const [imageName, imageTag] = process.argv.slice(2);

async function main() {
  const credentials = { username: "AWS", password: process.env.REGISTRY_PASSWORD };
  const imageDigest = await oci.getImageDigest({ imageName, imageTag, credentials });
  const artifact = Buffer.from('{"signed":true}');
  const mediaType = "application/vnd.example.sig+json";
  const annotations = { by: "sigstore" };
  const made = await oci.attachArtifactToImage({ imageName, imageDigest, credentials, artifact, mediaType, annotations });
  console.log(JSON.stringify({ imageDigest, ...made }));
}

main().catch((error) => {
  console.error(error.message, error.cause ? error.cause.message : "");
  process.exit(1);
});

"""Every error AWS gives, by service, under its model name and with the words AWS uses: the place to correct a sentence.

The class name is the wire code. "CP n" is row n of shared control-plane spec chapter 14, "PA" is
policies-and-automation, "model" the description in botocore's model where no public source shows ECR's text.
"""

"""Every error AWS gives, by service, under its model name and with the words AWS uses: the place to correct a sentence.

The class name is the wire code. A docstring cites the fact (docs/facts) and its mark; "model" is the description in
botocore's model, where no public source shows ECR's text.
"""

"""AWS's own host names, and what is asked of the API under them."""

import json

REAL = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
OTHER_NAMES = {
    "123456789012.dkr-ecr.us-east-1.on.aws": "us-east-1",
    "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com": "us-east-1",
    "123456789012.dkr-ecr-fips.us-east-1.on.aws": "us-east-1",
    "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com": "us-gov-west-1",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn": "cn-north-1",
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu": "eusc-de-east-1",
}
OTHER_APIS = [
    "ecr.us-east-1.api.aws",
    "api.ecr-fips.us-east-1.amazonaws.com",
    "ecr-fips.us-east-1.amazonaws.com",
    "ecr-fips.us-east-1.api.aws",
    "api.ecr.us-gov-west-1.amazonaws.com",
    "api.ecr.cn-north-1.amazonaws.com.cn",
    "api.ecr.eusc-de-east-1.amazonaws.eu",
]


def create(aws, name="team/app", *more):
    return json.loads(aws("ecr", "create-repository", "--repository-name", name, *more))["repository"]["repositoryUri"]


def stored(aws, name="team/app"):
    seen = json.loads(aws("ecr", "describe-images", "--repository-name", name, "--image-ids", "imageTag=v1"))
    return seen["imageDetails"][0]["imageDigest"]

"""The program's error classes by service, under the names that they have on the wire."""

import inspect

from ecrmock.errors import common, ecr, ecr_images, kms, secretsmanager, sts
from ecrmock.errors.base import ServiceError, WordedError


def classes(*modules):
    """Name -> class, of what these modules define, in their order."""
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, ServiceError) and kind not in {ServiceError, WordedError}
    }


COMMON, ECR = classes(common), classes(ecr, ecr_images)
NEIGHBOURS = {"kms": classes(kms), "secretsmanager": classes(secretsmanager), "sts": classes(sts)}

"""The one Service object that the modules of this package register with."""

from ecrmock.protocols.service import Service

ecr = Service("ecr")

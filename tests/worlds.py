"""The parts of a repository, each reached in one place, for tests of one rule without any door."""


def images_of(repository):
    return repository.images


def layers_of(repository):
    return repository.layers


def uploads_of(repository):
    return repository.uploads


def expiry_of(repository):
    return repository.expiry


def scans_of(repository):
    return repository.scans


def heard(world, *kinds):
    """A list that grows by every event of these kinds."""
    events = []
    for kind in kinds:
        world.bus.subscribe(kind, events.append)
    return events

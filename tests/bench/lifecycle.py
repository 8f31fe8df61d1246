"""The lifecycle evaluator on 10,000 images and four rules, against one sort of the same images in the same run.

    python tests/bench/lifecycle.py [--images 10000] [--rounds 15]

The goal is 60 ms on a quiet machine.
"""

import argparse
import statistics
import time

from ecrmock.domain.images.image import Image
from ecrmock.domain.lifecycle import evaluate as lifecycle
from ecrmock.domain.lifecycle.document import Rule

RULES = [
    Rule(1, "untagged", (), (), "standard", "sinceImagePushed", 3, "expire"),
    Rule(2, "tagged", ("v-*",), (), "standard", "imageCountMoreThan", 500, "expire"),
    Rule(3, "tagged", (), ("prod-",), "standard", "imageCountMoreThan", 500, "expire"),
    Rule(4, "any", (), (), "standard", "imageCountMoreThan", 5000, "expire"),
]


def images(count):
    """Untagged, prod-*, v-* in turn, one a minute."""
    tags = ((), ("prod-{}",), ("v-{}",))
    return [
        Image(f"sha256:{n:064x}", "", "", n * 60.0, n, 1, tags=tuple(tag.format(n) for tag in tags[n % 3]))
        for n in range(count)
    ]


def timed(work, rounds):
    """Milliseconds of the median round."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    rows = images(options.images)
    ours = timed(lambda: lifecycle.evaluate(rows, RULES, options.images * 60.0), options.rounds)
    peer = timed(lambda: sorted(rows, key=lambda image: (image.pushed_at, image.number)), options.rounds)
    print(f"{options.images} images, 4 rules: {ours:.1f} ms; one sort of them: {peer:.1f} ms; ratio {ours / peer:.1f}")


if __name__ == "__main__":
    main()

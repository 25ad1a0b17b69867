"""nomenklatura's side of `test_bench_screening.py`.

Run by the interpreter of `.cache/peers`, never by the box's own. Reads a line of JSON a query: {"name",
"birth", "people": [[id, [names], [births]], ...]}. Answers a line of JSON: for each matcher, without and with
the birth year, each person's score, and the seconds of processor that took.
"""

import itertools
import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

from followthemoney import model  # noqa: E402 - after its warnings are off
from nomenklatura.matching import get_algorithm  # noqa: E402

MATCHERS = {name: get_algorithm(name) for name in ("logic-v2", "ofac")}
SETTINGS = {name: matcher.default_config() for name, matcher in MATCHERS.items()}
NUMBER = itertools.count()


def entity(identity, names, births):
    made = model.make_entity("Person")
    made.id = identity
    for name in names:
        made.add("name", name)
    for birth in births:
        made.add("birthDate", birth)
    return made


def scores(matcher, name, birth, people):
    began = time.process_time()
    # Analyses of names are kept by id: a query needs an id that no other one had.
    query = entity(f"query-{next(NUMBER)}", [name], [birth] if birth else [])
    found = [MATCHERS[matcher].compare(query, one, SETTINGS[matcher]).score for one in people]
    return {"scores": found, "seconds": time.process_time() - began}


for matcher in MATCHERS:
    scores(matcher, "A B", "", [entity("warm", ["A C"], [])])  # loads its tables
print("ready", flush=True)
for line in sys.stdin:
    task = json.loads(line)
    people = [entity(f"{number}-{next(NUMBER)}", names, births) for number, names, births in task["people"]]
    answer = {
        f"{matcher} {how}": scores(matcher, task["name"], birth, people)
        for matcher in MATCHERS
        for how, birth in (("name", ""), ("birth", task["birth"]))
    }
    print(json.dumps(answer), flush=True)

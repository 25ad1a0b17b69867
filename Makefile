# Every target first sees to the set-up, which takes a moment when there is nothing to do.
.PHONY: setup run demo test bench soak lint type clean

setup:
	@packaging/setup.sh

run: setup
	@exec .venv/bin/kycbox serve

demo: setup
	@exec .venv/bin/python -m tests.demo

test: lint type
	@.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not bench and not soak and not hardware"

bench: setup
	@packaging/setup.sh peers
	@.venv/bin/pytest -s -m bench tests/bench

soak: setup
	@.venv/bin/pytest -s -m soak --timeout 0 tests

lint: setup
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .

type: setup
	@.venv/bin/mypy

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

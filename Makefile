# `make demo` and `make test` are all that a new machine needs: they set everything up themselves.

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: demo test check bench format lock coverage clean

$(READY): requirements/development.txt pyproject.toml
	scripts/set-up $(VENV)
	touch $(READY)

demo: $(READY)
	$(PYTHON) scripts/demo.py $(if $(ONCE),--once)

test: $(READY)
	$(PYTHON) -m pytest -n 2 --dist loadgroup

check: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	PYTHONPATH=src $(VENV)/bin/lint-imports
	$(PYTHON) scripts/coverage_page.py --check

format: $(READY)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(READY)
	$(PYTHON) -m benchmarks

# The versions that everybody gets, with their hashes; what is optional is tested too.
lock: $(READY)
	$(VENV)/bin/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-header \
	  --all-extras -o requirements/development.txt pyproject.toml

coverage: $(READY)
	$(PYTHON) scripts/coverage_page.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

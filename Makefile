# acdconfig. Given: git, make, Python >= 3.11 (PYTHON=… names one). Everything else is set up here, once.
#   make run     the product on http://127.0.0.1:8000   (PORT=8080 make run, DATA_DIR=/path make run)
#   make test    every test                             (make test ARGS="tests/routing -x")
#   make prove   routing against its rules: 200,000 steps in four threads, 50,000 picks (docs/routing.md)
#   make check   lint, types, contracts, migrations, translations, deployment
#   make bench   the benchmarks
#   make screens pictures of every screen into docs/screens (make screens ARGS=skill)
#   make setup   everything installed and built, nothing started
#   make translations  brings locale/ in step with the strings in the code
#   make lock    pins the dependencies again            (make lock ARGS=--upgrade)
#   make clean   removes what set-up made; the data in ./var stays

.DEFAULT_GOAL := run
.PHONY: run test prove check bench screens setup translations lock clean
MAKEFLAGS += --no-print-directory
ARGS ?=
VENV := .venv/bin/python
SET_UP := python=$$(PYTHON="$(PYTHON)" sh launcher/find-python) && "$$python" launcher/bootstrap.py

run:
	@$(SET_UP) run && exec $(VENV) -m launcher run --stop-with-parent

test:
	@$(SET_UP) dev && $(VENV) -m launcher.chromium && exec $(VENV) -m $(if $(ARGS),pytest $(ARGS),tests.everything)

prove:
	@$(SET_UP) dev && exec env ROUTING_STEPS=$${ROUTING_STEPS:-200000} ROUTING_PICKS=$${ROUTING_PICKS:-50000} $(VENV) -m pytest tests/routing/test_life.py tests/routing/test_picks.py tests/routing/test_turns.py $(ARGS)

check:
	@$(SET_UP) dev && exec $(VENV) -m launcher.check

bench:
	@$(SET_UP) bench && exec $(VENV) -m bench $(ARGS)

screens:
	@$(SET_UP) dev && $(VENV) -m launcher.chromium && exec $(VENV) -m tests.screens $(ARGS)

setup:
	@$(SET_UP) dev

translations:
	@$(SET_UP) dev && exec $(VENV) manage.py makemessages

lock:
	@$(SET_UP) lock && exec $(VENV) -m launcher.lockfiles $(ARGS)

clean:
	rm -rf .venv build node_modules bench/context/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find locale -name '*.mo' -delete

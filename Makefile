# `make verify` and `make test` do all the set-up on a machine with python3-venv and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
REPORT := reports/latest
WORKERS ?= 2
SEEDS ?= 10

.PHONY: verify test lint ledger ledger-check device-check gpu-verify audit-bare tamper browser-check probe-bar calibrate bench docs first-hour clean

verify: $(READY) ## check every theorem; the report's path is printed last
	@status=0; $(BIN)/pytest theorems/ -n $(WORKERS) --strict --report $(REPORT) || status=$$?; \
	test ! -f $(REPORT)/index.html || echo "report: $(CURDIR)/$(REPORT)/index.html"; exit $$status

test: $(READY) ## the whole test suite
	$(BIN)/pytest tests/ -n $(WORKERS)

$(READY): pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test,docs]"
	touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

ledger: $(REPORT)/report.json ## reports/ledger.json and LEDGER.md from the last report
	$(BIN)/python -m verify.report.ledger $<

ledger-check: $(REPORT)/report.json ## fails, with the difference, when the committed ledger is out of date
	$(BIN)/python -m verify.report.ledger --check $<

device-check: $(READY) ## every torch kernel under FakeTensorMode; needs no card
	$(BIN)/python -m verify.devices.check

gpu-verify: $(READY) ## on a CUDA card, at most 10 minutes; writes reports/gpu/CARD.json
	$(BIN)/python -m verify.devices.gpu --out reports/gpu

$(REPORT)/report.json:
	$(MAKE) verify

audit-bare: $(REPORT)/report.json ## the report re-checked by the kernel alone, with python-flint and nothing else
	rm -rf build/bare && mkdir -p build/bare
	$(PYTHON) -m venv build/bare/venv
	build/bare/venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt python-flint
	cp -r verify/kernel build/bare/kernel
	cp $(REPORT)/report.json build/bare/report.json
	cd build/bare && venv/bin/python -m kernel report.json

tamper: $(READY) $(REPORT)/report.json ## every number of every certificate changed: the audit must notice
	$(BIN)/python tests/tamper.py $(REPORT)/report.json

browser-check: $(READY) $(REPORT)/report.json ## the pages in headless Chromium; says so and fails where there is none
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test,browser]"
	$(BIN)/python -m tests.browser.browser_check $(REPORT)/report.json

probe-bar: SEEDS = 1
probe-bar: $(READY) ## ten counterexamples from the theorem files alone, seeds drawn from the commit; SEEDS=10 is resumed where it stopped
	$(BIN)/python tests/probe_bar.py $(SEEDS)

calibrate: $(READY) ## how often we are wrong: the rules on fresh claims, every theorem at SEEDS seeds; goes on where it was
	$(BIN)/pytest tests/quality -m "thorough or not thorough" -s
	$(BIN)/python -m tests.quality.calibrate --seeds $(SEEDS)

bench: $(READY) $(REPORT)/report.json ## start-up, the pages, and the numbers of other libraries
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/pages.py $(REPORT)/report.json
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test,docs,bench]"
	$(BIN)/python benchmarks/peers.py

docs: $(READY) ## the documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

first-hour: ## what a newcomer does, in a fresh environment and folder, at most 10 minutes; needs the package index
	$(PYTHON) tests/first_hour/first_hour.py

clean:
	rm -rf $(VENV) build site $(REPORT)

# Two commands: `make demo` shows the product at work, `make test` proves it. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
CHECKED := tests/architecture tests/docs tests/docs_examples

.PHONY: demo test faults kills check format docs clean

demo: $(VENV)/.demo
	$(BIN)/paylink demo $(ARGS)

test: $(VENV)/.dev services check
	$(BIN)/pytest -n 4 --dist worksteal $(CHECKED:%=--ignore=%) $(ARGS)

# Two daemons on one PostgreSQL and one RabbitMQ, 5,000 orders, 50 x SIGKILL: every ledger of a peer still agrees.
kills: $(VENV)/.dev services
	$(BIN)/python -m tests.faults.kill_run $(ARGS)

# The Odoo plugin on a real server: PAYLINK_TEST_ODOO_URL, _DB, _LOGIN and _PASSWORD (since 19 an API key) name it.
.PHONY: test-live-odoo
test-live-odoo: $(VENV)/.dev
	@test -n "$$PAYLINK_TEST_ODOO_URL" || { echo "Set PAYLINK_TEST_ODOO_URL, _DB, _LOGIN and _PASSWORD."; exit 1; }
	$(BIN)/pytest -q --timeout 0 tests/plugins/odoo/live $(ARGS)

# The fault table on real RabbitMQ, PostgreSQL and SQLite; the last line counts what must be zero.
faults: $(VENV)/.dev services
	$(BIN)/pytest -n 4 --dist worksteal -q -m fault $(ARGS)

# Everything that needs no service: style, types, layers, sizes, documentation.
check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/pytest -q -p no:randomly $(CHECKED)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Thousands of orders between simulated peers that fail, in virtual time: make simulate RUNS=1000
.PHONY: simulate
simulate: RUNS ?= 1000
simulate: $(VENV)/.dev
	$(BIN)/python -m tests.simulation --runs $(RUNS) $(ARGS)

# Regenerates the documentation that is made from the code; the tests compare it.
docs: $(VENV)/.dev
	$(BIN)/python scripts/generate_docs.py

clean:
	rm -rf $(VENV) build dist *.egg-info .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: services
services:
	@scripts/need rabbitmq-server postgresql chromium faketime

$(VENV)/bin/python:
	@scripts/need python3-venv
	$(PYTHON) -m venv $(VENV)

# The demo needs no development tools; the tests need them and everything else.
$(VENV)/.demo: setup.cfg pyproject.toml | $(VENV)/bin/python
	@echo "Installing, about half a minute the first time ..."
	$(PIP) install -e '.[odoo,salesforce,woocommerce]'
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) install -e '.[odoo,salesforce,woocommerce,postgres,dev]'
	@touch $@ $(VENV)/.demo

# Changes the modules that decide about money, one spot at a time: their tests must notice. See docs/reference/mutation.md.
.PHONY: mutate
mutate: $(VENV)/.dev
	$(BIN)/python scripts/mutate.py $(MODULES)

# The order job beside what one would use instead, one worker core each; then the same with a million orders stored.
.PHONY: bench
bench: $(VENV)/.dev .venv-peers/.ready services
	$(BIN)/python -m benchmarks.order_job.run $(ARGS)
	$(BIN)/python -m benchmarks.scale.run
	$(BIN)/python -m benchmarks.verdicts

# What the back office asks of its list, with a million requests in it, on both databases.
.PHONY: bench-office
bench-office: $(VENV)/.dev services
	$(BIN)/python -m benchmarks.office.run $(ARGS)

.venv-peers/.ready: benchmarks/order_job/peers/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check -q install -r $<
	@touch $@

# The project's few commands; `make help` lists them. Needs Python 3.11 to 3.14 and make, nothing else.
# A particular interpreter: make install PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.PHONY: help install demo test bench lint types clean lock browser
.DELETE_ON_ERROR:

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTHON ?=
CANDIDATES := $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
BENCH := .venv/.installed-bench

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name does; do printf '  make %-9s %s\n' "$$name" "$$does"; done

install: $(RUN) ## build .venv with everything the program needs
	@echo "Installed; try .venv/bin/reconciler --help"

demo: $(RUN) ## a sample shop, its couriers and one night, then the desk on http://127.0.0.1:8080
	@$(BIN)/reconciler demo

test: $(DEV) browser ## lint, types, architecture and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

bench: $(BENCH) ## the benchmark tables, peers included
	@$(BIN)/python -m bench

lint: $(DEV) ## style, format and architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(DEV) ## mypy, strict
	$(BIN)/mypy

clean: ## remove .venv and everything built or cached
	rm -rf .venv .venv-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache ./*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## write the three lock files anew from requirements*.in
	@$(call find_python) \
	[ -x .venv-lock/bin/uv ] || { "$$python" -m venv --clear .venv-lock && \
	  .venv-lock/bin/python -m pip --disable-pip-version-check -qq install uv; }
	@set -e; for each in requirements requirements-dev requirements-bench; do \
	  echo "Resolving $$each.in"; \
	  .venv-lock/bin/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --python-version 3.11 --output-file "$$each.lock" "$$each.in" >/dev/null; \
	done; \
	if grep -n '://' requirements*.lock; then echo "A lock file names an address; nothing may be fetched by address." >&2; exit 1; fi

# Sets the shell's $python to the first interpreter that suits, or explains what is missing.
define find_python
python=; for each in $(CANDIDATES); do \
  if "$$each" -c '$(SUITS)' >/dev/null 2>&1; then python=$$each; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "Python 3.11 to 3.14 with its venv module is needed and was not found; install it (on Debian and Ubuntu:" \
    "apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; \
fi;
endef

# A .venv that works is kept; one that was moved or half made is made anew.
.venv/.made:
	@$(call find_python) \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then echo "Making .venv with $$python"; "$$python" -m venv --clear .venv; fi
	@touch $@

# The one package without a wheel is built by the setuptools of the lock, so that nothing comes in unchecked.
define install_lock
@echo "Installing $(1) into .venv; the first time this takes a few minutes"
@awk '/^[^ ]/ { keep = /^setuptools==/ } keep' $(1) > .venv/setuptools.lock
@$(PIP) install --require-hashes --requirement .venv/setuptools.lock
@$(PIP) install --require-hashes --no-build-isolation --requirement $(1)
@$(PIP) install --no-build-isolation --no-deps --editable .
endef

$(RUN): requirements.lock requirements.in pyproject.toml | .venv/.made
	$(call install_lock,requirements.lock)
	@touch $@

$(DEV): requirements-dev.lock requirements.in pyproject.toml | .venv/.made
	$(call install_lock,requirements-dev.lock)
	@touch $@ $(RUN)

$(BENCH): requirements-bench.lock requirements.in pyproject.toml | .venv/.made
	$(call install_lock,requirements-bench.lock)
	@touch $@ $(DEV) $(RUN)

# The browser tests drive a Chromium found on the PATH; on Debian it is fetched where it is missing.
browser:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then exit 0; fi >/dev/null; \
	as_root=; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	if command -v apt-get >/dev/null && { [ -z "$$as_root" ] || $$as_root true 2>/dev/null; }; then \
	  echo "Installing Debian's chromium for the browser tests"; \
	  { $$as_root apt-get -qq update && \
	    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium; } >/dev/null && \
	  command -v chromium >/dev/null && exit 0; \
	fi; \
	echo "The browser tests need Chromium and it could not be installed; install it so that 'chromium' is on the PATH" \
	  "(on Debian, as root: apt-get install chromium), then run make test again." >&2; exit 1

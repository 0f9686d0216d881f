# Everything a user or a developer runs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
INSTALLED := $(VENV)/.installed
MODEL := models/assist.tar.gz
export TF_CPP_MIN_LOG_LEVEL := 3
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export PYTHONWARNINGS := ignore

# What the model is made from: it is trained again only when one of these changed.
TRAIN_INPUTS := config.yml domain.yml $(shell find data/nlu data/rules data/stories bot/knowledge/zh/signals \
	bot/knowledge/zh/situations bot/knowledge/zh/entities -name '*.yml' 2>/dev/null) $(shell find bot/nlu -name '*.py')

.PHONY: help setup train run test fast check knowledge format stories bench eval eval-compare lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## Install everything into .venv (about two minutes the first time)

$(INSTALLED): requirements.lock
	@command -v python3.10 >/dev/null && python3.10 -c '' 2>/dev/null || { \
	  echo 'Python 3.10 is needed and was not found as "python3.10".'; \
	  echo 'Install it (Debian/Ubuntu: apt install python3.10-venv, or pyenv install 3.10) and try again.'; exit 1; }
	@echo '[1/2] 安装依赖（首次约两分钟）…'
	@test -x $(PY) || python3.10 -m venv $(VENV)
	@$(BIN)/pip install --disable-pip-version-check --no-input --progress-bar on \
	  --no-deps -r requirements.lock 2>&1 | awk '/^(Collecting|Building|Installing|Successfully|ERROR)/{printf "\r\033[K%.100s", $$0; fflush()} END{print ""}'; \
	  exit $${PIPESTATUS[0]}
	@touch $@

train: $(MODEL) ## Train the model if its inputs changed (about six minutes on two cores)

$(MODEL): $(INSTALLED) $(TRAIN_INPUTS)
	@echo '[2/2] 训练模型（两个核约六分钟；只有训练数据、配置或规则变了才会重训）…'
	@set -o pipefail; $(BIN)/rasa train --skip-validation --out models --fixed-model-name assist 2>&1 \
	  | grep --line-buffered -E 'rror|component|epoch|trained|nothing changed|Invalid|contradict'
	@touch $@

run: $(MODEL) ## Serve the demo at http://127.0.0.1:5005/webhooks/sidebar/page
	@$(PY) -m bot run --demo

test: $(MODEL) ## Run all tests (services such as PostgreSQL only where their variables are set)
	@$(PY) -m pytest

fast: $(INSTALLED) ## Run the tests that need no model and no server
	@$(PY) -m pytest -m 'not slow' tests/unit tests/content

check: $(INSTALLED) ## Format, lint, types, import directions, content, training data, fast tests
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PY) -m bot knowledge check
	@$(PY) -m bot data check
	@$(PY) -m pytest -m 'not slow' tests/unit tests/content

knowledge: $(INSTALLED) ## Validate the service content and show where it is thin
	@$(PY) -m bot knowledge check && $(PY) -m bot knowledge coverage

format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

stories: $(MODEL) ## Validate the Rasa data and run the Rasa test stories
	@$(BIN)/rasa data validate --fail-on-warnings
	@$(BIN)/rasa test core --model $(MODEL) --stories tests/stories --fail-on-prediction-errors --out results

bench: $(INSTALLED) ## Measure latency, memory and training beside Rasa's starter pipeline (bench/results.md)
	@$(PY) -m bench

eval: $(MODEL) ## Measure the NLU beside baselines (eval/report.md); ASSIST_EVAL_DIR names the dev set, ARGS=--quick …
	@$(PY) -m eval $(ARGS)

eval-compare: $(INSTALLED) ## What changed since the committed scores, label by label (or OLD=a.json NEW=b.json)
	@$(PY) -m eval.compare $(if $(OLD),$(OLD),<(git show HEAD:eval/results.json)) $(or $(NEW),eval/results.json)

lock: $(INSTALLED) ## Pin every version anew from pyproject.toml
	@python3.10 -m venv .lockenv && .lockenv/bin/pip install -q 'setuptools<81' '.[dev]'
	@{ echo '# Every package at its version. Made by `make lock` from pyproject.toml; do not edit.'; \
	  .lockenv/bin/pip freeze --all --exclude service-assist | grep -vE '^(pip|wheel)=='; } > requirements.lock
	@rm -rf .lockenv build *.egg-info

clean: ## Remove what was made (not the database)
	@rm -rf $(VENV) models results .rasa .mypy_cache .ruff_cache .hypothesis build *.egg-info

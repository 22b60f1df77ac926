# The same words for people and for CI: make demo, make test, make lint.
PYTHON ?= python3
BIN := .venv/bin
RUST := Cargo.toml Cargo.lock .cargo/config.toml $(shell find src -name '*.rs')

.PHONY: help demo test lint bench wheel clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: .venv/.native ## sign a URL, a wildcard and cookies, and check them with openssl
	$(BIN)/python -m cloudfront_signer.demo

test: .venv/.native ## all tests
	cargo test
	cargo test --no-default-features
	$(BIN)/python -X dev -m pytest --cov

lint: .venv/.native ## formatting, lints and types
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --lib --features python -- -D warnings
	$(BIN)/ruff check python tests benches
	$(BIN)/ruff format --check python tests benches
	$(BIN)/mypy python/cloudfront_signer
	$(BIN)/python -m mypy.stubtest cloudfront_signer._native

bench: .venv/.native wheel ## ratios to botocore, cryptography and rsa, measured in turns, and docs/speed.svg
	$(BIN)/python benches/peers.py docs/speed.svg

wheel: .venv/.deps ## one abi3 wheel, in dist/
	$(BIN)/maturin build --release --out dist

clean: ## remove what was built
	rm -rf .venv target dist

.venv/.deps: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'maturin>=1.9,<2'
	touch $@

.venv/.native: .venv/.deps $(RUST)
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --release --extras dev,cli,edge,aws
	touch $@

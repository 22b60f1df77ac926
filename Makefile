# The same words for people and for CI: make demo, make test, make lint.
PYTHON ?= python3
BIN := .venv/bin
RUST := Cargo.toml Cargo.lock .cargo/config.toml $(shell find src -name '*.rs' -o -name '*.txt')

.PHONY: help demo test matrix lint lint-workflows stubs licences public-suffixes bench soak load coverage fuzz memcheck \
	timing miri deny audit api-check vectors docs wheel wheels sdist reproducible lambda clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# The first run on a machine builds and installs what the demo needs only: two minutes instead of ten.
demo: $(if $(wildcard .venv/.native),.venv/.native,.venv/.demo) ## sign, check with openssl, and do all of the guide's steps with no AWS account
	$(BIN)/python -m cloudfront_signer.demo

test: .venv/.native ## all tests
	cargo test
	cargo test --no-default-features
	cargo run --quiet --example sign_and_verify
	$(BIN)/python -X dev -m pytest -n auto --dist loadgroup --cov

matrix: .venv/.native ## the tests of the framework modules with each supported version of the framework
	$(BIN)/python scripts/matrix.py

lint: .venv/.native ## formatting, lints, types and the layout
	$(BIN)/python scripts/check_layout.py
	$(BIN)/lint-imports --no-cache
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --lib --features python -- -D warnings
	$(BIN)/ruff check python tests benches scripts docs examples
	$(BIN)/ruff format --check python tests benches scripts docs examples
	$(BIN)/mypy python/cloudfront_signer scripts
	$(BIN)/python -m mypy.stubtest cloudfront_signer._native
	$(BIN)/python scripts/stub_docstrings.py --check
	$(BIN)/python scripts/licences.py --check
	$(BIN)/python scripts/public_suffixes.py --check
	$(MAKE) lint-workflows

lint-workflows: .venv/.native ## the workflows of GitHub Actions
	$(BIN)/actionlint
	$(BIN)/zizmor --offline --quiet --pedantic --strict-collection .github .pre-commit-config.yaml

stubs: .venv/.native ## copy the native module's docstrings, which are written in Rust, into its stub
	$(BIN)/python scripts/stub_docstrings.py
	$(BIN)/ruff format --quiet python/cloudfront_signer/_native.pyi

licences: .venv/.deps ## the texts of the crates' licences, which the wheels contain
	$(BIN)/python scripts/licences.py

public-suffixes: .venv/.deps ## the domains that browsers take no cookies for, after an update of the crate psl
	$(BIN)/python scripts/public_suffixes.py

bench: .venv/.native wheel ## ratios to botocore, cryptography and rsa, measured in turns, and the charts in docs
	$(BIN)/python benches/peers.py docs/speed.svg
	$(BIN)/python benches/columns.py
	$(BIN)/python benches/batches.py docs/batch.svg
	$(BIN)/python benches/django_page.py
	$(BIN)/python benches/manifests.py

soak: .venv/.native ## a million signatures in batches, each compared with cryptography
	$(BIN)/python benches/soak.py

load: .venv/.native ## 200 viewers for 20 seconds against the local edge
	$(BIN)/python benches/edge_load.py

coverage: ## line coverage of the Rust core (installs cargo-tarpaulin)
	cargo tarpaulin --version >/dev/null 2>&1 || cargo install --locked cargo-tarpaulin
	cargo tarpaulin --target-dir target/tarpaulin --skip-clean --out Stdout \
		--exclude-files 'src/bindings/*' --exclude-files 'fuzz/*' --exclude-files 'tests/*'

fuzz: ## a minute of each fuzz target (needs cargo-fuzz and a nightly toolchain)
	for target in $$(sed -n 's/^name = "\(.*\)"/\1/p' fuzz/Cargo.toml | tail -n +2); do \
		cargo +nightly fuzz run $$target -- -max_total_time=60 || exit 1; done

memcheck: ## no branch and no address of the batch engine depends on a secret (needs valgrind)
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=line-tables-only \
	CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER='valgrind --quiet --num-callers=20' \
		cargo test --release --lib no_branch_and_no_address_depends_on_a_secret -- --ignored --nocapture

timing: ## Welch's t of the batch engine's times, over 100,000 batches of each kind (some minutes)
	cargo test --release --lib times_of_fixed_and_random_messages_are_the_same -- --ignored --nocapture

miri: ## the batch engine's arithmetic under Miri (needs a nightly toolchain with miri)
	MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test --no-default-features --lib engine::lanes

deny: ## licences, sources and known vulnerabilities of the crates (needs cargo-deny, and a network for the advisories)
	cargo deny --all-features check

audit: .venv/.release ## known vulnerabilities of the Python packages that the extras install (needs a network)
	$(BIN)/python scripts/audit.py

api-check: .venv/.release ## changes of the Rust and the Python API since the last release (needs cargo-semver-checks)
	$(BIN)/python scripts/api_check.py

vectors: ## make the test vectors again with openssl
	scripts/make-vectors.sh

docs: .venv/.native ## this documentation as a site, in target/docs
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet docs target/docs
	rm -rf target/docs/rust && cp -R target/doc target/docs/rust

wheel: .venv/.deps ## one abi3 wheel, in dist/
	$(BIN)/maturin build --release --out dist

lambda: wheel ## the deployment package of examples/lambda for this platform, dist/lambda.zip
	$(BIN)/python scripts/lambda_zip.py "$$(ls -t dist/cloudfront_signer-*.whl | head -n 1)" dist/lambda.zip

wheels: .venv/.release ## the wheels of a release that can be built here, checked and used; PLATFORMS=… names some of them
	$(BIN)/python scripts/wheels.py $(PLATFORMS)
	$(BIN)/python scripts/use_wheels.py dist/*.whl

sdist: .venv/.release ## the source distribution, built from offline and without any other package
	$(BIN)/python scripts/check_sdist.py

reproducible: .venv/.release ## the wheel of a commit, built in two folders, is the same byte for byte
	$(BIN)/python scripts/reproducible.py

clean: ## remove what was built
	rm -rf .venv target dist

.venv/.deps: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'maturin>=1.9,<2'
	touch $@

.venv/.release: .venv/.deps scripts/requirements-release.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement scripts/requirements-release.txt
	touch $@

.venv/.demo: .venv/.deps $(RUST)
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --profile quick
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'cloudfront-signer[demo]'
	touch $@

.venv/.native: .venv/.deps $(RUST)
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --release --extras dev
	touch $@

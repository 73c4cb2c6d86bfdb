# What people and CI run. Everything sets itself up: only Rust (rustup), Node and apt are assumed.
SETUP := .setup
DATA ?= ./muster-data

.PHONY: run test check bench soak openapi setup deny sdk-tests fuzz clean

run: ## Build the release binary and serve, embedded storage in ./muster-data
	cargo build --release --bin muster
	./target/release/muster serve --data $(DATA)

test: setup check ## Everything that CI runs
	cargo test --workspace --no-fail-fast
	$(MAKE) sdk-tests

check: ## Formatting, lints, licences, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --workspace --exclude muster --no-deps --document-private-items --quiet
	$(MAKE) deny

deny: $(SETUP)/bin/cargo-deny ## Licences, bans, sources of dependencies
	$(SETUP)/bin/cargo-deny deny check bans licenses sources

$(SETUP)/bin/cargo-deny:
	cargo install --locked --root $(SETUP) cargo-deny --version 0.20.2

sdk-tests: setup ## The official SDK, and schema-driven requests, against the real server
	cargo build --bin muster
	$(SETUP)/venv/bin/python -m pytest -q tests

openapi: ## Write openapi/openapi.json anew
	UPDATE_OPENAPI=1 cargo test -p muster-server openapi

bench: ## Throughput beside the ceilings of this machine
	cargo build --release --bin muster
	cargo run --release -p muster-bench --

soak: ## Alerts at half load for 20 minutes: does memory stay flat?
	cargo build --release --bin muster
	cargo run --release -p muster-bench -- soak

setup:
	@scripts/setup $(SETUP)

clean:
	cargo clean
	rm -rf $(SETUP)

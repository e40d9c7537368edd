# What a developer, and CI, does with this repository. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# One thing at a time: they share cargo's target folder and the machine's cores.
.NOTPARALLEL:
.PHONY: help run test test-sqlite test-postgres fuzz check-docs-page bench lint fmt openapi clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, load the demo into an SQLite file, serve on 127.0.0.1:8080
	@scripts/check-toolchain
	cargo run --profile quick -p htcd-api -- serve --demo

test: test-sqlite test-postgres fuzz check-docs-page ## Everything: both databases, the fuzz run, the page at /docs

test-sqlite: ## Unit tests of every crate, and the HTTP suite on SQLite
	@scripts/check-toolchain
	HTCD_TEST_DATABASE=sqlite cargo test --workspace

test-postgres: ## The HTTP suite on a throw-away PostgreSQL server
	@scripts/check-toolchain
	HTCD_TEST_DATABASE=postgres scripts/with-postgres cargo test -p htcd-tests

fuzz: ## Bounded property-based run over the whole OpenAPI document
	@scripts/check-toolchain
	scripts/fuzz

check-docs-page: ## Sign in and call an operation on /docs, in a real browser without internet
	@scripts/check-toolchain
	scripts/check-docs-page

bench: ## Measure against the same SQL through pgbench, on a durable PostgreSQL
	@scripts/check-toolchain
	scripts/bench

lint: ## Format, clippy, rustdoc, unused dependencies, layers, links, the security page
	@scripts/check-toolchain
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p htcd-api --all-targets --features s3 -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace
	scripts/check-unused-dependencies
	scripts/check-layers
	scripts/check-texts
	scripts/check-security-doc

fmt: ## Format the Rust code
	cargo fmt --all

openapi: ## Regenerate openapi/openapi.json from the handlers
	@scripts/check-toolchain
	cargo run -q -p htcd-openapi -- write

clean: ## Remove what was built
	cargo clean

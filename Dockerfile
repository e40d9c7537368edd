# The server, for PostgreSQL with TLS or an SQLite file on a volume. Build: docker build -t htcd .

FROM rust:1-bookworm AS builder
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --features tls,s3 -p htcd-api \
    && install -D target/release/htcd /out/htcd

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin htcd
# Mail is written here until a mail server is set, and uploaded files unless they lie in a bucket.
RUN install -d -o 10001 -g 10001 -m 700 /var/lib/htcd
COPY --from=builder /out/htcd /usr/local/bin/htcd
USER 10001:10001
ENV HTCD_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["htcd", "healthcheck"]
ENTRYPOINT ["htcd"]
CMD ["serve"]

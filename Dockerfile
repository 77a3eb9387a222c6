# One static executable, under three names, in an otherwise empty image.
#
#   docker build -t aconite/aconite .
#   docker buildx build --platform linux/amd64,linux/arm64 -t aconite/aconite .
#
# Builds on the machine's own architecture for either one; BuildKit and Buildah set BUILDPLATFORM
# and TARGETARCH, other builders need both as --build-arg (linux/amd64, and amd64 or arm64).

ARG RUST_VERSION=1.88

FROM --platform=$BUILDPLATFORM rust:${RUST_VERSION}-slim-bookworm AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
# musl, since a static glibc still loads shared libraries to resolve names. rust-lld comes with
# Rust and links for both architectures.
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-musl ;; \
      arm64) target=aarch64-unknown-linux-musl ;; \
      *) echo "TARGETARCH is '$TARGETARCH': amd64 and arm64 are built" >&2; exit 1 ;; \
    esac \
 && rustup target add "$target" \
 && RUSTFLAGS='-C linker=rust-lld' packaging/build-release --target "$target" \
 && cp "target/$target/release/aconite" /aconite

FROM scratch
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="aconite" \
      org.opencontainers.image.description="A fault-injection TCP proxy that takes the place of Toxiproxy" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY LICENSE-MIT LICENSE-APACHE /
# Files and no links, so that each can be copied out of the image. The first has every command.
COPY --from=build /aconite /aconite
COPY --from=build /aconite /toxiproxy
COPY --from=build /aconite /toxiproxy-cli

# Nobody in particular. Config files must be readable for others.
USER 65532:65532
EXPOSE 8474
# Holds also where CMD is replaced, by `-config FILE` for one.
ENV ACONITE_HOST=0.0.0.0
# One request, to where ACONITE_HOST and ACONITE_PORT say. It cannot see a -port in the command.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
  CMD ["/toxiproxy-cli", "health", "--timeout", "2s"]
ENTRYPOINT ["/toxiproxy"]
CMD ["-host=0.0.0.0"]

# Postfix for compose.yaml, from the same files that an administrator puts into /etc/postfix.
FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postfix ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY main.cf talanoa-transport talanoa-aliases talanoa-headers /usr/share/talanoa/
COPY container-start /usr/local/sbin/container-start
VOLUME /var/spool/postfix
EXPOSE 25
CMD ["/usr/local/sbin/container-start"]

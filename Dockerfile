# An image of 2.3 MB that has nothing but what is installed, for images of programs to take it from:
#
#     COPY --from=greq / /usr/local/
#
# Both need glibc alone, as new as this one's (Debian 12: 2.36). LD_PRELOAD=/usr/local/lib/libgreq.so and GREQ_TRACE=DIR
# record without the command.
FROM debian:12 AS build
COPY . /src
WORKDIR /src
ARG GREQ_COMMIT=
RUN apt-get update && apt-get build-dep -y --no-install-recommends ./ && rm -rf /var/lib/apt/lists/*
RUN cmake --preset release -DBUILD_TESTING=OFF -DGREQ_COMMIT="$GREQ_COMMIT" && cmake --build --preset release
RUN cmake --install build/release --strip --prefix /greq

FROM scratch
COPY --from=build /greq/ /

# What the domain folders link, for the build and for whoever uses the installed library.

# FindProtobuf must run before gRPC's config, which expects its targets.
find_package(Protobuf REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Eigen3 CONFIG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
# Not "re2" and "zstd": gRPC and RocksDB look for them under these names, and would take ours for
# their own.
pkg_check_modules(regex REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(zstandard REQUIRED IMPORTED_TARGET libzstd)
find_package(ZLIB REQUIRED)

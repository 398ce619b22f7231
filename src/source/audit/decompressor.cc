#include "src/source/audit/decompressor.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>

namespace pidigree {
namespace {

// Beyond the highest level of xz(1) (65 MB) and of zstd without --ultra (8 MB).
constexpr uint64_t kMaxMemory = uint64_t{80} << 20;
constexpr int kMaxZstdWindowLog = 26;

using Outcome = Decompressor::Outcome;

unsigned Clamp(size_t size) { return static_cast<unsigned>(std::min<size_t>(size, 1u << 30)); }

Outcome OutcomeOf(bool ended, bool good) {
  return ended ? Outcome::kEndOfMember : good ? Outcome::kMore : Outcome::kDamaged;
}

class Gunzip final : public Decompressor {
 public:
  Gunzip() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;  // see inflateInit2 in zlib.h
    if (inflateInit2(&z_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() override { inflateEnd(&z_); }

  std::string_view name() const override { return "gzip"; }
  void Begin() override { inflateReset(&z_); }
  Step Decode(std::string_view in, char* out, size_t capacity) override {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    z_.avail_in = Clamp(in.size());
    z_.next_out = reinterpret_cast<Bytef*>(out);
    z_.avail_out = Clamp(capacity);
    const int status = inflate(&z_, Z_NO_FLUSH);
    return {OutcomeOf(status == Z_STREAM_END, status == Z_OK || status == Z_BUF_ERROR),
            Clamp(in.size()) - z_.avail_in, Clamp(capacity) - z_.avail_out,
            z_.msg != nullptr ? z_.msg : zError(status)};
  }

 private:
  z_stream z_{};
};

class Unxz final : public Decompressor {
 public:
  ~Unxz() override { lzma_end(&z_); }

  std::string_view name() const override { return "xz"; }
  void Begin() override {
    if (lzma_stream_decoder(&z_, kMaxMemory, 0) != LZMA_OK) throw std::bad_alloc();
  }
  Step Decode(std::string_view in, char* out, size_t capacity) override {
    z_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    z_.avail_in = in.size();
    z_.next_out = reinterpret_cast<uint8_t*>(out);
    z_.avail_out = capacity;
    const lzma_ret status = lzma_code(&z_, LZMA_RUN);
    return {OutcomeOf(status == LZMA_STREAM_END, status == LZMA_OK || status == LZMA_BUF_ERROR),
            in.size() - z_.avail_in, capacity - z_.avail_out,
            status == LZMA_MEMLIMIT_ERROR ? "it needs more than 80 MiB of memory"
                                          : "not as it was written"};
  }

 private:
  lzma_stream z_ = LZMA_STREAM_INIT;
};

class Unzstd final : public Decompressor {
 public:
  Unzstd() : z_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!z_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(z_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }

  std::string_view name() const override { return "zstd"; }
  void Begin() override { ZSTD_DCtx_reset(z_.get(), ZSTD_reset_session_only); }
  Step Decode(std::string_view in, char* out, size_t capacity) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out, capacity, 0};
    const size_t status = ZSTD_decompressStream(z_.get(), &to, &from);
    return {OutcomeOf(status == 0, ZSTD_isError(status) == 0), from.pos, to.pos,
            ZSTD_getErrorName(status)};
  }

 private:
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> z_;
};

class Bunzip2 final : public Decompressor {
 public:
  ~Bunzip2() override { BZ2_bzDecompressEnd(&z_); }

  std::string_view name() const override { return "bzip2"; }
  void Begin() override {
    BZ2_bzDecompressEnd(&z_);
    if (BZ2_bzDecompressInit(&z_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  Step Decode(std::string_view in, char* out, size_t capacity) override {
    z_.next_in = const_cast<char*>(in.data());
    z_.avail_in = Clamp(in.size());
    z_.next_out = out;
    z_.avail_out = Clamp(capacity);
    const int status = BZ2_bzDecompress(&z_);
    return {OutcomeOf(status == BZ_STREAM_END, status == BZ_OK), Clamp(in.size()) - z_.avail_in,
            Clamp(capacity) - z_.avail_out, "not as it was written"};
  }

 private:
  bz_stream z_{};
};

template <typename Kind>
std::unique_ptr<Decompressor> Make() {
  return std::make_unique<Kind>();
}

struct Magic {
  std::string_view bytes;
  std::unique_ptr<Decompressor> (*make)();
};
constexpr Magic kMagics[] = {{"\x1f\x8b", Make<Gunzip>},
                             {std::string_view("\xfd"
                                               "7zXZ\0",
                                               6),
                              Make<Unxz>},
                             {"\x28\xb5\x2f\xfd", Make<Unzstd>},
                             {"BZh", Make<Bunzip2>}};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::Find(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) return magic.make();
  }
  return nullptr;
}

bool Decompressor::NeedsMore(std::string_view head) {
  return std::any_of(std::begin(kMagics), std::end(kMagics), [&](const Magic& magic) {
    return head.size() < magic.bytes.size() && magic.bytes.starts_with(head);
  });
}

}  // namespace pidigree

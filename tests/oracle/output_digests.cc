#include "tests/oracle/output_digests.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace pidigree {
namespace {

constexpr const char* kPath = PIDIGREE_SOURCE_DIR "/tests/oracle/digests.txt";

std::string DigestOf(std::string_view lines) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(lines.data()), lines.size(), digest.data());
  std::string text = std::to_string(std::count(lines.begin(), lines.end(), '\n')) + " ";
  for (const unsigned char byte : digest) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", byte);
    text += hex;
  }
  return text;
}

// One a line: the name, the number of lines and the digest.
std::map<std::string, std::string> ReadDigests() {
  std::map<std::string, std::string> digests;
  std::ifstream file(kPath);
  for (std::string name, count, digest; file >> name >> count >> digest;)
    digests[name] = count + " " + digest;
  return digests;
}

void WriteDigests(const std::map<std::string, std::string>& digests) {
  std::ofstream file(kPath);
  for (const auto& [name, digest] : digests) file << name << " " << digest << "\n";
}

}  // namespace

void ExpectSameOutput(const std::string& name, std::string_view lines) {
  if (const char* directory = std::getenv("PIDIGREE_ORACLE_KEEP")) {
    std::filesystem::create_directories(directory);
    std::ofstream(std::string(directory) + "/" + name) << lines;
  }
  std::map<std::string, std::string> digests = ReadDigests();
  const std::string digest = DigestOf(lines);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    digests[name] = digest;
    WriteDigests(digests);
    return;
  }
  EXPECT_EQ(digests[name], digest)
      << name
      << ": other lines than before. Run this test with PIDIGREE_ORACLE_KEEP=DIRECTORY here "
      << "and at the commit before, and compare.";
}

}  // namespace pidigree

#include "tests/advice/claims.h"

#include <algorithm>
#include <filesystem>

namespace pidigree {

std::vector<Claim> ClaimsOf(const Passage& passage, const Project& project) {
  std::vector<Claim> claims;
  AddCommandClaims(passage, project, claims);
  AddNameClaims(passage, project, claims);
  return claims;
}

std::vector<Claim> ClaimsOf(const std::string& file, const std::vector<Link>& links,
                            const std::map<std::string, std::vector<std::string>>& anchors,
                            const Project& project) {
  namespace fs = std::filesystem;
  std::vector<Claim> claims;
  for (const Link& link : links) {
    if (link.target.find(':') != link.target.npos) continue;  // https://...
    const size_t hash = std::min(link.target.find('#'), link.target.size());
    std::string path = link.target.substr(0, hash);
    path = path.empty() ? file : (fs::path(file).parent_path() / path).lexically_normal().string();
    if (path.ends_with('/')) path.pop_back();
    bool exists = project.paths.contains(path);
    if (hash < link.target.size()) {
      const auto page = anchors.find(path);
      exists = page != anchors.end() &&
               std::find(page->second.begin(), page->second.end(), link.target.substr(hash + 1)) !=
                   page->second.end();
    }
    claims.push_back({file, link.line, Kind::kLink, link.target, exists});
  }
  return claims;
}

std::string Describe(const Claim& claim) {
  return claim.file + ":" + std::to_string(claim.line) + ": \"" + claim.what + "\" " +
         (claim.kind == Kind::kHelpPage ? "does not explain the option" : "does not exist");
}

void PrintTo(const Claim& claim, std::ostream* out) {
  *out << claim.file << ":" << claim.line << " " << claim.what;
}

}  // namespace pidigree

#include "src/lineage/live_table_saving.h"

#include <unordered_map>
#include <vector>

#include "src/base/seeded_hash.h"

namespace pidigree {

SavedTable SaveLiveProcesses(const LiveTable& table, uint32_t machine, uint32_t boot) {
  SavedTable saved{.machine = machine, .boot = boot, .texts = {}, .processes = {}};
  std::unordered_map<const SharedText*, uint32_t> indexes;
  const auto index = [&](const SharedText* text) {
    if (text == nullptr) return SavedTable::kNoText;
    const auto [found, is_new] = indexes.emplace(text, static_cast<uint32_t>(saved.texts.size()));
    if (is_new)
      saved.texts.push_back(
          {text->part(kImage), text->part(kCommandLine), text->part(kCurrentDirectory)});
    return found->second;
  };
  table.ForEachLive([&](const LiveEntry& entry) {
    saved.processes.push_back({.guid = entry.guid,
                               .parent_guid = entry.parent_guid,
                               .start_ns = entry.start_ns,
                               .start_utc_ns = entry.start_utc.ns,
                               .parent_pid = entry.parent_pid,
                               .uid = entry.uid,
                               .auid = entry.auid,
                               .session = entry.session,
                               .program = index(entry.program),
                               .user = index(entry.user),
                               .parent_program = index(entry.parent_program),
                               .parent_user = index(entry.parent_user),
                               .mount_namespace = entry.mount_namespace,
                               .offered = entry.offered_in != LiveEntry::kNeverOffered});
  });
  return saved;
}

void LoadSavedProcesses(const SavedTable& saved, LiveTable& table) {
  SharedTextPool& pool = table.texts();
  std::vector<SharedText*> texts;
  for (const SavedTable::Text& text : saved.texts)
    texts.push_back(pool.Create({text[0], text[1], text[2]}));
  const auto text = [&](uint32_t index) {
    return index == SavedTable::kNoText ? nullptr : pool.Retain(texts[index]);
  };
  // All are of one host: the lower half tells.
  std::unordered_map<uint64_t, LiveEntry*, SeededHasher> by_guid;
  for (const SavedTable::Process& process : saved.processes) {
    const ProcessKey identity{process.guid.pid(), process.start_ns};
    if (table.Find(identity) != nullptr) continue;
    LiveEntry& entry = table.Create(identity, process.guid);
    entry.parent_guid = process.parent_guid;
    entry.start_utc = {process.start_utc_ns};
    entry.parent_pid = process.parent_pid;
    entry.uid = process.uid;
    entry.auid = process.auid;
    entry.session = process.session;
    entry.program = text(process.program);
    entry.user = text(process.user);
    entry.parent_program = text(process.parent_program);
    entry.parent_user = text(process.parent_user);
    entry.mount_namespace = process.mount_namespace;
    entry.offered_in = process.offered ? LiveEntry::kOfferedBeforeStart : LiveEntry::kNeverOffered;
    entry.saved = true;
    by_guid.emplace(process.guid.low, &entry);
  }
  for (const auto& [low, entry] : by_guid) {
    const auto parent = by_guid.find(entry->parent_guid.low);
    if (parent != by_guid.end() && parent->second->guid == entry->parent_guid)
      table.SetParent(*entry, *parent->second);
  }
  for (SharedText* loaded : texts) pool.Release(loaded);
}

}  // namespace pidigree

#include <charconv>
#include <optional>

#include "src/enrich/valid_copy.h"
#include "src/records/bpf_program_types.h"
#include "src/records/record_makers.h"

namespace pidigree {
namespace {

std::string_view TypeText(uint32_t type, RecordBatch& batch) {
  if (const std::string_view name = NameOfBpfProgramType(type); !name.empty()) return name;
  constexpr size_t kDigits = 10;
  char* const text = batch.Allocate(kDigits);
  return {text, std::to_chars(text, text + kDigits, type).ptr};
}

// The file at `path`, valid text of the batch, that `actor` brought in.
HashRequest FileOf(const Subject& actor, const FileIdentity& file, std::string_view path) {
  return {.process = actor.process,
          .mount_namespace = actor.mount_namespace,
          .path = path,
          .executable = file};
}

}  // namespace

void WriteImageLoad(const ImageFact& image, const Actor& actor, RecordWriter& records) {
  constexpr const EventType& type = kImageLoad;
  records.Tell<type>(ACTION_IMAGE_MAPPED, actor, [&](Record& record, RecordBatch& batch) {
    const std::string_view path = ValidCopy(image.path.text, batch);
    record.values[type["ImageLoaded"]] = path;
    return FileOf(image.subject, image.file, path);
  });
}

void WriteDriverLoad(const ModuleFact& module, UtcTime time, RecordWriter& records) {
  constexpr const EventType& type = kDriverLoad;
  records.Tell<type>(ACTION_MODULE_LOADED, time, [&](Record& record, RecordBatch& batch) {
    const bool has_file = !module.path.text.empty();
    const std::string_view loaded = ValidCopy(has_file ? module.path.text : module.name, batch);
    record.values[type["ImageLoaded"]] = loaded;
    if (module.valid_signature) {
      record.values[type["Signed"]] = std::string_view(*module.valid_signature ? "true" : "false");
      record.values[type["SignatureStatus"]] =
          std::string_view(*module.valid_signature ? "Valid" : "Unavailable");
    }
    return has_file ? std::optional(FileOf(module.subject, module.file, loaded)) : std::nullopt;
  });
}

void WriteBpfProgram(const BpfProgramFact& program, const Actor& actor, RecordWriter& records) {
  constexpr const EventType& type = kEbpfEvent;
  records.Tell<type>(ACTION_BPF_PROGRAM_LOADED, actor, [&](Record& record, RecordBatch& batch) {
    record.values[type["BpfCommand"]] = std::string_view("BPF_PROG_LOAD");
    record.values[type["BpfProgramType"]] = TypeText(program.type, batch);
    record.values[type["BpfProgramId"]] = uint64_t{program.id};
    record.values[type["BpfProgramName"]] = ValidCopy(program.name, batch);
  });
}

}  // namespace pidigree

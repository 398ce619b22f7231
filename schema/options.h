#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pidigree {

// What Pidigree does with an element of a configuration.
enum class OptionSupport : uint8_t {
  kSupported,
  kIgnored,  // accepted with a warning, whatever its value: Windows has it, Linux nothing to do for
             // it
};

// Whether the element has a value.
enum class OptionArgument : uint8_t { kNone, kOptional, kRequired };

struct ConfigOption {
  std::string_view name;  // element below <Sysmon>, exact spelling
  OptionSupport support;
  OptionArgument argument;
  std::string_view doc;  // one line
};

// Every element that may stand in a configuration beside <EventFiltering>, in alphabetical order.
inline constexpr std::array kConfigOptions = {
    ConfigOption{"ArchiveDirectory", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Where Windows keeps copies of deleted files."},
    ConfigOption{"CaptureClipboard", OptionSupport::kIgnored, OptionArgument::kNone,
                 "Records the clipboard."},
    ConfigOption{"CheckRevocation", OptionSupport::kIgnored, OptionArgument::kOptional,
                 "Checks whether certificates of signed files were revoked."},
    ConfigOption{"CopyOnDeleteExtensions", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Keeps copies of deleted files with these endings."},
    ConfigOption{"CopyOnDeletePE", OptionSupport::kIgnored, OptionArgument::kOptional,
                 "Keeps copies of deleted executables."},
    ConfigOption{"CopyOnDeleteProcesses", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Keeps copies of files that these programs delete."},
    ConfigOption{"CopyOnDeleteSIDs", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Keeps copies of files that these accounts delete."},
    ConfigOption{"CopyOnDelete_Extensions", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Another spelling of CopyOnDeleteExtensions."},
    ConfigOption{"CopyOnDelete_PE", OptionSupport::kIgnored, OptionArgument::kOptional,
                 "Another spelling of CopyOnDeletePE."},
    ConfigOption{"CopyOnDelete_Processes", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Another spelling of CopyOnDeleteProcesses."},
    ConfigOption{"CopyOnDelete_SIDs", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Another spelling of CopyOnDeleteSIDs."},
    ConfigOption{"DnsLookup", OptionSupport::kSupported, OptionArgument::kRequired,
                 "Whether to look up host names of addresses: True or False."},
    ConfigOption{"DriverName", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Name of the Windows driver."},
    ConfigOption{"DriverQueueSize", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Queue of the Windows driver."},
    ConfigOption{"FieldSizes", OptionSupport::kSupported, OptionArgument::kRequired,
                 "Longest length of fields, as Field:N,Field:N; longer values end in `...`."},
    ConfigOption{
        "HashAlgorithms", OptionSupport::kSupported, OptionArgument::kRequired,
        "Hashes to compute: `*`, `all`, or of MD5, SHA1, SHA256 and IMPHASH a comma list."},
    ConfigOption{"PipeMonitoringConfig", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Older form of PipeEvent rules."},
    ConfigOption{"ProcessAccessConfig", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Older form of ProcessAccess rules."},
    ConfigOption{"ServiceArchiveDirectory", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Where the Windows service keeps copies of deleted files."},
    ConfigOption{"SigningQueueSize", OptionSupport::kIgnored, OptionArgument::kRequired,
                 "Queue for signature checks on Windows."},
};

static_assert(std::ranges::adjacent_find(kConfigOptions, std::ranges::greater_equal{},
                                         &ConfigOption::name) == kConfigOptions.end());

}  // namespace pidigree

#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "schema/event_ids.h"
#include "schema/event_schema.h"

// Every event of the Sysmon schema: 1 to 29 and 255 as Sysmon for Windows has them up to
// schema 4.91, and 100, which Sysmon for Linux added. Configurations may name all of them; which
// are written is a matter of the source. Ids, versions, spellings and the order of fields are
// Sysmon's, so that whatever reads Sysmon reads these; the meaning on Linux is Pidigree's.
namespace pidigree {

constexpr std::string_view kSchemaVersion = "4.90";

namespace field {

// Fields that mean the same in every event that has them.
inline constexpr Field kRuleName{
    "RuleName", FieldType::kString,
    "Name of the configuration rule that let the event through; `-` if it has none.", true, "4.10"};
inline constexpr Field kUtcTime{"UtcTime", FieldType::kUtcTime,
                                "When it happened, by the kernel's clock, in UTC."};
inline constexpr Field kProcessGuid{
    "ProcessGuid", FieldType::kGuid,
    "Identity of the process: one value from fork to exit, through every exec, never given twice."};
inline constexpr Field kProcessId{"ProcessId", FieldType::kPid,
                                  "Thread-group id in the initial PID namespace."};
inline constexpr Field kImage{
    "Image", FieldType::kString,
    "Absolute path of the executable in its mount namespace; the interpreter for a script."};
inline constexpr Field kUser{"User", FieldType::kString,
                             "Name of the real uid; the number if it has no name."};
inline constexpr Field kFileVersion{"FileVersion", FieldType::kString,
                                    "Windows version resource; always `-`.", false};
inline constexpr Field kProduct{"Product", FieldType::kString,
                                "Windows version resource; always `-`.", false};
inline constexpr Field kCompany{"Company", FieldType::kString,
                                "Windows version resource; always `-`.", false};
inline constexpr Field kOriginalFileName{"OriginalFileName", FieldType::kString,
                                         "Windows version resource; always `-`.", false, "4.21"};
inline constexpr Field kSourceProcessId{"SourceProcessId", FieldType::kPid,
                                        "Thread-group id of the process that acted."};
inline constexpr Field kSourceImage{"SourceImage", FieldType::kString,
                                    "Executable of the process that acted."};
inline constexpr Field kTargetProcessId{"TargetProcessId", FieldType::kPid,
                                        "Thread-group id of the process acted upon."};
inline constexpr Field kTargetImage{"TargetImage", FieldType::kString,
                                    "Executable of the process acted upon."};
inline constexpr Field kSourceUser{"SourceUser", FieldType::kString,
                                   "User of the process that acted.", true, "4.80"};
inline constexpr Field kTargetUser{"TargetUser", FieldType::kString,
                                   "User of the process acted upon.", true, "4.80"};
inline constexpr Field kIsExecutable{"IsExecutable", FieldType::kBoolean,
                                     "Whether the file starts as an ELF image or with `#!`."};
inline constexpr Field kArchived{"Archived", FieldType::kString,
                                 "Whether a copy was kept; always `-`: none is.", false};
inline constexpr Field kWmiEventType{"EventType", FieldType::kString, "Kind of WMI object.", false};
inline constexpr Field kWmiOperation{"Operation", FieldType::kString,
                                     "Whether the object was created, changed or deleted.", false};

// `field` as an event has it that got it later than others did.
constexpr Field Since(std::string_view version, Field field) {
  field.since = version;
  return field;
}

// `field` in an event that Linux has nothing like.
constexpr Field Never(Field field) {
  field.meaningful = false;
  return field;
}

}  // namespace field

inline constexpr Field kProcessCreateFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    field::kFileVersion,
    {"Description", FieldType::kString,
     "How the process came to be written: `-` for an exec, `fork` for one that never called exec, "
     "`running` for one that was there before."},
    field::kProduct,
    field::kCompany,
    field::kOriginalFileName,
    {"CommandLine", FieldType::kString, "Arguments joined by single blanks, nothing quoted."},
    {"CurrentDirectory", FieldType::kString, "Working directory at that time."},
    field::kUser,
    {"LogonGuid", FieldType::kGuid,
     "Identity of the login session: machine, boot, audit session and login uid."},
    {"LogonId", FieldType::kLogonId, "Real uid, in decimal."},
    {"TerminalSessionId", FieldType::kUInt32, "Audit session id; 4294967295 if unset."},
    {"IntegrityLevel", FieldType::kString, "Windows integrity label; always `no level`.", false},
    {"Hashes", FieldType::kString,
     "Hashes of the file that ran, as ALGORITHM=HEX in the order SHA1, MD5, SHA256."},
    {"ParentProcessGuid", FieldType::kGuid,
     "Identity of the process that called fork, even if it has ended; zeros if there is none."},
    {"ParentProcessId", FieldType::kPid, "Thread-group id of that process."},
    {"ParentImage", FieldType::kString, "Its executable at the fork."},
    {"ParentCommandLine", FieldType::kString, "Its whole command line at the fork."},
    {"ParentUser", FieldType::kString, "Its user at the fork.", true, "4.80"},
};
inline constexpr EventType kProcessCreate{
    EVENT_PROCESS_CREATE,
    5,
    4,
    "ProcessCreate",
    "ProcessCreate",
    "Process Create (rule: ProcessCreate)",
    "SYSMONEVENT_CREATE_PROCESS",
    DefaultAction::kInclude,
    "4.00",
    "A process replaced its program (exec), or one that did not is named by another event for the "
    "first time.",
    kProcessCreateFields};

inline constexpr Field kFileCreateTimeFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"TargetFilename", FieldType::kString, "File whose times were set."},
    {"CreationUtcTime", FieldType::kUtcTime,
     "The new modification time; Linux lets nobody set the birth time."},
    {"PreviousCreationUtcTime", FieldType::kUtcTime, "The modification time before."},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kFileCreateTime{
    EVENT_FILE_CREATE_TIME,
    5,
    4,
    "FileCreateTime",
    "FileCreateTime",
    "File creation time changed (rule: FileCreateTime)",
    "SYSMONEVENT_FILE_TIME",
    DefaultAction::kExclude,
    "4.00",
    "The times of a file were set by a system call of the utimensat family.",
    kFileCreateTimeFields};

inline constexpr Field kNetworkConnectFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    field::kUser,
    {"Protocol", FieldType::kString, "`tcp` or `udp`."},
    {"Initiated", FieldType::kBoolean, "Whether this process opened the flow."},
    {"SourceIsIpv6", FieldType::kBoolean, "Whether SourceIp is an IPv6 address."},
    {"SourceIp", FieldType::kString, "Address of the end that opened the flow."},
    {"SourceHostname", FieldType::kString, "Its name in a DNS answer that this host saw."},
    {"SourcePort", FieldType::kUInt16, "Its port."},
    {"SourcePortName", FieldType::kString, "Service name of that port."},
    {"DestinationIsIpv6", FieldType::kBoolean, "Whether DestinationIp is an IPv6 address."},
    {"DestinationIp", FieldType::kString,
     "Address of the end that was spoken to; the listener, if the connection was accepted."},
    {"DestinationHostname", FieldType::kString, "Its name in a DNS answer that this host saw."},
    {"DestinationPort", FieldType::kUInt16, "Its port."},
    {"DestinationPortName", FieldType::kString, "Service name of that port."},
};
inline constexpr EventType kNetworkConnect{
    EVENT_NETWORK_CONNECT,
    5,
    4,
    "NetworkConnect",
    "NetworkConnect",
    "Network connection detected (rule: NetworkConnect)",
    "SYSMONEVENT_NETWORK_CONNECT",
    DefaultAction::kExclude,
    "4.00",
    "A TCP connection was established or accepted, or a process exchanged UDP with a new peer.",
    kNetworkConnectFields};

inline constexpr Field kServiceStateChangeFields[] = {
    field::kUtcTime,
    {"State", FieldType::kString, "`Started` or `Stopped`."},
    {"Version", FieldType::kString, "Version of Pidigree."},
    {"SchemaVersion", FieldType::kString, "Version of this schema."},
};
inline constexpr EventType kServiceStateChange{EVENT_SERVICE_STATE_CHANGE,
                                               3,
                                               4,
                                               "ServiceStateChange",
                                               "",
                                               "Sysmon service state changed",
                                               "SYSMONEVENT_SERVICE_STATE_CHANGE",
                                               DefaultAction::kAlways,
                                               "4.00",
                                               "Pidigree started or stopped.",
                                               kServiceStateChangeFields};

inline constexpr Field kProcessTerminateFields[] = {
    field::kRuleName,  field::kUtcTime, field::kProcessGuid,
    field::kProcessId, field::kImage,   field::Since("4.80", field::kUser),
};
inline constexpr EventType kProcessTerminate{EVENT_PROCESS_TERMINATE,
                                             3,
                                             4,
                                             "ProcessTerminate",
                                             "ProcessTerminate",
                                             "Process terminated (rule: ProcessTerminate)",
                                             "SYSMONEVENT_PROCESS_TERMINATE",
                                             DefaultAction::kInclude,
                                             "4.00",
                                             "The last thread of a process ended.",
                                             kProcessTerminateFields};

inline constexpr Field kDriverLoadFields[] = {
    field::kRuleName,
    field::kUtcTime,
    {"ImageLoaded", FieldType::kString, "Path of the kernel module."},
    {"Hashes", FieldType::kString, "Hashes of the module file."},
    {"Signed", FieldType::kString, "`true` if the module carries a valid signature."},
    {"Signature", FieldType::kString, "Who signed it."},
    {"SignatureStatus", FieldType::kString, "Result of the signature check."},
};
inline constexpr EventType kDriverLoad{EVENT_DRIVER_LOAD,
                                       4,
                                       4,
                                       "DriverLoad",
                                       "DriverLoad",
                                       "Driver loaded (rule: DriverLoad)",
                                       "SYSMONEVENT_DRIVER_LOAD",
                                       DefaultAction::kExclude,
                                       "4.00",
                                       "A kernel module was loaded.",
                                       kDriverLoadFields};

inline constexpr Field kImageLoadFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"ImageLoaded", FieldType::kString, "Path of the file that was mapped."},
    field::kFileVersion,
    {"Description", FieldType::kString, "Windows version resource; always `-`.", false},
    field::kProduct,
    field::kCompany,
    field::kOriginalFileName,
    {"Hashes", FieldType::kString, "Hashes of the mapped file."},
    {"Signed", FieldType::kString, "Windows code signing; always `-`.", false},
    {"Signature", FieldType::kString, "Windows code signing; always `-`.", false},
    {"SignatureStatus", FieldType::kString, "Windows code signing; always `-`.", false},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kImageLoad{
    EVENT_IMAGE_LOAD,
    3,
    4,
    "ImageLoad",
    "ImageLoad",
    "Image loaded (rule: ImageLoad)",
    "SYSMONEVENT_IMAGE_LOAD",
    DefaultAction::kExclude,
    "4.00",
    "A process mapped a file executable, such as a shared object, after its exec.",
    kImageLoadFields};

inline constexpr Field kCreateRemoteThreadFields[] = {
    field::kRuleName,
    field::kUtcTime,
    {"SourceProcessGuid", FieldType::kGuid, "Identity of the process that acted."},
    field::kSourceProcessId,
    field::kSourceImage,
    {"TargetProcessGuid", FieldType::kGuid, "Identity of the process acted upon."},
    field::kTargetProcessId,
    field::kTargetImage,
    {"NewThreadId", FieldType::kUInt32, "Thread whose execution was redirected."},
    {"StartAddress", FieldType::kString, "Address at which it goes on."},
    {"StartModule", FieldType::kString, "File mapped at that address."},
    {"StartFunction", FieldType::kString, "Symbol at that address."},
    field::kSourceUser,
    field::kTargetUser,
};
inline constexpr EventType kCreateRemoteThread{
    EVENT_CREATE_REMOTE_THREAD,
    2,
    4,
    "CreateRemoteThread",
    "CreateRemoteThread",
    "CreateRemoteThread detected (rule: CreateRemoteThread)",
    "SYSMONEVENT_CREATE_REMOTE_THREAD",
    DefaultAction::kExclude,
    "4.00",
    "A process wrote code into another or redirected its execution, by ptrace, process_vm_writev "
    "or "
    "/proc/PID/mem.",
    kCreateRemoteThreadFields};

inline constexpr Field kRawAccessReadFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"Device", FieldType::kString, "Path of the block device."},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kRawAccessRead{EVENT_RAW_ACCESS_READ,
                                          2,
                                          4,
                                          "RawAccessRead",
                                          "RawAccessRead",
                                          "RawAccessRead detected (rule: RawAccessRead)",
                                          "SYSMONEVENT_RAWACCESS_READ",
                                          DefaultAction::kExclude,
                                          "4.00",
                                          "A block device was opened for reading.",
                                          kRawAccessReadFields};

inline constexpr Field kProcessAccessFields[] = {
    field::kRuleName,
    field::kUtcTime,
    // GUID in capitals: in this event only.
    {"SourceProcessGUID", FieldType::kGuid, "Identity of the process that acted."},
    field::kSourceProcessId,
    {"SourceThreadId", FieldType::kUInt32, "Thread that acted."},
    field::kSourceImage,
    {"TargetProcessGUID", FieldType::kGuid, "Identity of the process acted upon."},
    field::kTargetProcessId,
    field::kTargetImage,
    {"GrantedAccess", FieldType::kHexInt32, "What was granted, as a bit mask."},
    {"CallTrace", FieldType::kString, "Call stack; always `-`.", false},
    field::kSourceUser,
    field::kTargetUser,
};
inline constexpr EventType kProcessAccess{
    EVENT_PROCESS_ACCESS,
    3,
    4,
    "ProcessAccess",
    "ProcessAccess",
    "Process accessed (rule: ProcessAccess)",
    "SYSMONEVENT_ACCESS_PROCESS",
    DefaultAction::kExclude,
    "4.00",
    "A process attached to another or read its memory, by ptrace, process_vm_readv, pidfd_getfd or "
    "/proc/PID/mem.",
    kProcessAccessFields};

inline constexpr Field kFileCreateFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"TargetFilename", FieldType::kString, "Absolute path of the new file."},
    {"CreationUtcTime", FieldType::kUtcTime,
     "Its birth time; the time of the event on file systems without one."},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kFileCreate{
    EVENT_FILE_CREATE,
    2,
    4,
    "FileCreate",
    "FileCreate",
    "File created (rule: FileCreate)",
    "SYSMONEVENT_FILE_CREATE",
    DefaultAction::kExclude,
    "4.00",
    "A file came into being: by open, creat, rename, link, symlink or mknod.",
    kFileCreateFields};

inline constexpr Field kRegistryAddDeleteFields[] = {
    field::Never(field::kRuleName),
    {"EventType", FieldType::kString, "What was done to the registry.", false},
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kImage),
    {"TargetObject", FieldType::kString, "Registry key.", false},
    field::Never(field::Since("4.80", field::kUser)),
};
inline constexpr EventType kRegistryAddDelete{
    EVENT_REGISTRY_ADD_DELETE,
    2,
    4,
    "RegistryAddDelete",
    "RegistryEvent",
    "Registry object added or deleted (rule: RegistryEvent)",
    "SYSMONEVENT_REG_KEY",
    DefaultAction::kExclude,
    "4.00",
    "A key of the Windows registry was added or deleted.",
    kRegistryAddDeleteFields};

inline constexpr Field kRegistryValueSetFields[] = {
    field::Never(field::kRuleName),
    {"EventType", FieldType::kString, "What was done to the registry.", false},
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kImage),
    {"TargetObject", FieldType::kString, "Registry value.", false},
    {"Details", FieldType::kString, "What was written.", false},
    field::Never(field::Since("4.80", field::kUser)),
};
inline constexpr EventType kRegistryValueSet{EVENT_REGISTRY_VALUE_SET,
                                             2,
                                             4,
                                             "RegistryValueSet",
                                             "RegistryEvent",
                                             "Registry value set (rule: RegistryEvent)",
                                             "SYSMONEVENT_REG_SETVALUE",
                                             DefaultAction::kExclude,
                                             "4.00",
                                             "A value of the Windows registry was set.",
                                             kRegistryValueSetFields};

inline constexpr Field kRegistryRenameFields[] = {
    field::Never(field::kRuleName),
    {"EventType", FieldType::kString, "What was done to the registry.", false},
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kImage),
    {"TargetObject", FieldType::kString, "Registry key.", false},
    {"NewName", FieldType::kString, "Its new name.", false},
    field::Never(field::Since("4.80", field::kUser)),
};
inline constexpr EventType kRegistryRename{EVENT_REGISTRY_RENAME,
                                           2,
                                           4,
                                           "RegistryRename",
                                           "RegistryEvent",
                                           "Registry object renamed (rule: RegistryEvent)",
                                           "SYSMONEVENT_REG_NAME",
                                           DefaultAction::kExclude,
                                           "4.00",
                                           "A key of the Windows registry was renamed.",
                                           kRegistryRenameFields};

inline constexpr Field kFileCreateStreamHashFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"TargetFilename", FieldType::kString,
     "File whose attribute was set, a colon, and the name of the attribute."},
    {"CreationUtcTime", FieldType::kUtcTime, "Time of the change."},
    {"Hash", FieldType::kString, "Hashes of the attribute's value."},  // not Hashes
    {"Contents", FieldType::kString, "The value, if it is text of at most 1024 bytes.", true,
     "4.31"},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kFileCreateStreamHash{
    EVENT_FILE_CREATE_STREAM_HASH,
    2,
    4,
    "FileCreateStreamHash",
    "FileCreateStreamHash",
    "File stream created (rule: FileCreateStreamHash)",
    "SYSMONEVENT_FILE_CREATE_STREAM_HASH",
    DefaultAction::kExclude,
    "4.00",
    "An extended attribute of the user namespace was set on a file.",
    kFileCreateStreamHashFields};

inline constexpr Field kConfigStateChangeFields[] = {
    field::kUtcTime,
    {"Configuration", FieldType::kString, "Path of the configuration as it was given."},
    {"ConfigurationFileHash", FieldType::kString, "Hashes of that file."},
};
inline constexpr EventType kConfigStateChange{EVENT_CONFIG_STATE_CHANGE,
                                              3,
                                              4,
                                              "ConfigStateChange",
                                              "",
                                              "Sysmon config state changed",
                                              "SYSMONEVENT_SERVICE_CONFIGURATION_CHANGE",
                                              DefaultAction::kAlways,
                                              "4.00",
                                              "Another configuration was put into effect.",
                                              kConfigStateChangeFields};

inline constexpr Field kPipeCreatedFields[] = {
    field::kRuleName,  {"EventType", FieldType::kString, "`CreatePipe`.", true, "4.21"},
    field::kUtcTime,   field::kProcessGuid,
    field::kProcessId, {"PipeName", FieldType::kString, "Path of the FIFO or Unix socket."},
    field::kImage,     field::Since("4.80", field::kUser),
};
inline constexpr EventType kPipeCreated{EVENT_PIPE_CREATED,
                                        1,
                                        4,
                                        "PipeCreated",
                                        "PipeEvent",
                                        "Pipe Created (rule: PipeEvent)",
                                        "SYSMONEVENT_CREATE_NAMEDPIPE",
                                        DefaultAction::kExclude,
                                        "4.00",
                                        "A FIFO was made, or a Unix socket bound to a name.",
                                        kPipeCreatedFields};

inline constexpr Field kPipeConnectedFields[] = {
    field::kRuleName,  {"EventType", FieldType::kString, "`ConnectPipe`.", true, "4.21"},
    field::kUtcTime,   field::kProcessGuid,
    field::kProcessId, {"PipeName", FieldType::kString, "Path of the FIFO or Unix socket."},
    field::kImage,     field::Since("4.80", field::kUser),
};
inline constexpr EventType kPipeConnected{EVENT_PIPE_CONNECTED,
                                          1,
                                          4,
                                          "PipeConnected",
                                          "PipeEvent",
                                          "Pipe Connected (rule: PipeEvent)",
                                          "SYSMONEVENT_CONNECT_NAMEDPIPE",
                                          DefaultAction::kExclude,
                                          "4.00",
                                          "A FIFO was opened, or a named Unix socket connected to.",
                                          kPipeConnectedFields};

inline constexpr Field kWmiFilterFields[] = {
    field::Never(field::kRuleName),
    field::kWmiEventType,
    field::Never(field::kUtcTime),
    field::kWmiOperation,
    field::Never(field::kUser),
    {"EventNamespace", FieldType::kString, "WMI namespace.", false},
    {"Name", FieldType::kString, "Name of the filter.", false},
    {"Query", FieldType::kString, "Its query.", false},
};
inline constexpr EventType kWmiFilter{EVENT_WMI_FILTER,
                                      3,
                                      4,
                                      "WmiFilter",
                                      "WmiEvent",
                                      "WmiEventFilter activity detected (rule: WmiEvent)",
                                      "SYSMONEVENT_WMI_FILTER",
                                      DefaultAction::kExclude,
                                      "4.00",
                                      "A WMI event filter changed.",
                                      kWmiFilterFields};

inline constexpr Field kWmiConsumerFields[] = {
    field::Never(field::kRuleName),
    field::kWmiEventType,
    field::Never(field::kUtcTime),
    field::kWmiOperation,
    field::Never(field::kUser),
    {"Name", FieldType::kString, "Name of the consumer.", false},
    {"Type", FieldType::kString, "Its type.", false},
    {"Destination", FieldType::kString, "What it runs.", false},
};
inline constexpr EventType kWmiConsumer{EVENT_WMI_CONSUMER,
                                        3,
                                        4,
                                        "WmiConsumer",
                                        "WmiEvent",
                                        "WmiEventConsumer activity detected (rule: WmiEvent)",
                                        "SYSMONEVENT_WMI_CONSUMER",
                                        DefaultAction::kExclude,
                                        "4.00",
                                        "A WMI event consumer changed.",
                                        kWmiConsumerFields};

inline constexpr Field kWmiBindingFields[] = {
    field::Never(field::kRuleName),
    field::kWmiEventType,
    field::Never(field::kUtcTime),
    field::kWmiOperation,
    field::Never(field::kUser),
    {"Consumer", FieldType::kString, "Path of the consumer.", false},
    {"Filter", FieldType::kString, "Path of the filter.", false},
};
inline constexpr EventType kWmiBinding{
    EVENT_WMI_BINDING,
    3,
    4,
    "WmiBinding",
    "WmiEvent",
    "WmiEventConsumerToFilter activity detected (rule: WmiEvent)",
    "SYSMONEVENT_WMI_BINDING",
    DefaultAction::kExclude,
    "4.00",
    "A WMI consumer was bound to a filter.",
    kWmiBindingFields};

inline constexpr Field kDnsQueryFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    {"QueryName", FieldType::kString, "Name that was asked for."},
    {"QueryStatus", FieldType::kString, "0 for success, 9003 for no such name: Windows' numbers."},
    {"QueryResults", FieldType::kString, "Answers, each ended by `;`."},
    field::kImage,
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kDnsQuery{EVENT_DNS_QUERY,
                                     5,
                                     4,
                                     "DnsQuery",
                                     "DnsQuery",
                                     "Dns query (rule: DnsQuery)",
                                     "SYSMONEVENT_DNS_QUERY",
                                     DefaultAction::kExclude,
                                     "4.21",
                                     "A process asked the DNS for a name and got an answer.",
                                     kDnsQueryFields};

inline constexpr Field kFileDeleteFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kUser,
    field::kImage,
    {"TargetFilename", FieldType::kString, "Absolute path that the file had."},
    {"Hashes", FieldType::kString, "Hashes of the file, if it could still be read."},
    field::kIsExecutable,
    field::kArchived,
};
inline constexpr EventType kFileDelete{EVENT_FILE_DELETE,
                                       5,
                                       4,
                                       "FileDelete",
                                       "FileDelete",
                                       "File Delete archived (rule: FileDelete)",
                                       "SYSMONEVENT_FILE_DELETE",
                                       DefaultAction::kExclude,
                                       "4.30",
                                       "A file was unlinked or overwritten by a rename. (Sysmon "
                                       "for Windows keeps a copy; Pidigree does "
                                       "not.)",
                                       kFileDeleteFields};

inline constexpr Field kClipboardChangeFields[] = {
    field::Never(field::kRuleName),
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kImage),
    {"Session", FieldType::kUInt32, "Session that owns the clipboard.", false},
    {"ClientInfo", FieldType::kString, "Remote desktop client.", false},
    {"Hashes", FieldType::kString, "Hashes of the content.", false},
    field::kArchived,
    field::Never(field::Since("4.80", field::kUser)),
};
inline constexpr EventType kClipboardChange{EVENT_CLIPBOARD_CHANGE,
                                            5,
                                            4,
                                            "ClipboardChange",
                                            "ClipboardChange",
                                            "Clipboard changed (rule: ClipboardChange)",
                                            "SYSMONEVENT_CLIPBOARD",
                                            DefaultAction::kExclude,
                                            "4.40",
                                            "The content of the Windows clipboard changed.",
                                            kClipboardChangeFields};

inline constexpr Field kProcessTamperingFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    {"Type", FieldType::kString, "What was tampered with."},
    field::Since("4.80", field::kUser),
};
inline constexpr EventType kProcessTampering{EVENT_PROCESS_TAMPERING,
                                             5,
                                             4,
                                             "ProcessTampering",
                                             "ProcessTampering",
                                             "Process Tampering (rule: ProcessTampering)",
                                             "SYSMONEVENT_PROCESS_IMAGE_TAMPERING",
                                             DefaultAction::kExclude,
                                             "4.50",
                                             "A process runs what no file at its path holds: a "
                                             "memfd, a deleted or a replaced executable, or "
                                             "it was traced through its exec.",
                                             kProcessTamperingFields};

inline constexpr Field kFileDeleteDetectedFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kUser,
    field::kImage,
    {"TargetFilename", FieldType::kString, "Absolute path that the file had."},
    {"Hashes", FieldType::kString, "Hashes of the file, if it could still be read."},
    field::kIsExecutable,
};
inline constexpr EventType kFileDeleteDetected{EVENT_FILE_DELETE_DETECTED,
                                               5,
                                               4,
                                               "FileDeleteDetected",
                                               "FileDeleteDetected",
                                               "File Delete logged (rule: FileDeleteDetected)",
                                               "SYSMONEVENT_FILE_DELETE_DETECTED",
                                               DefaultAction::kExclude,
                                               "4.60",
                                               "A file was unlinked or overwritten by a rename.",
                                               kFileDeleteDetectedFields};

inline constexpr Field kFileBlockExecutableFields[] = {
    field::Never(field::kRuleName),
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kUser),
    field::Never(field::kImage),
    {"TargetFilename", FieldType::kString, "File that was refused.", false},
    {"Hashes", FieldType::kString, "Hashes of that file.", false},
};
inline constexpr EventType kFileBlockExecutable{
    EVENT_FILE_BLOCK_EXECUTABLE,
    5,
    4,
    "FileBlockExecutable",
    "FileBlockExecutable",
    "File Block Executable (rule: FileBlockExecutable)",
    "SYSMONEVENT_FILE_BLOCK_EXE",
    DefaultAction::kExclude,
    "4.82",
    "An executable file was kept from being written. (Pidigree watches and never blocks.)",
    kFileBlockExecutableFields};

inline constexpr Field kFileBlockShreddingFields[] = {
    field::Never(field::kRuleName),
    field::Never(field::kUtcTime),
    field::Never(field::kProcessGuid),
    field::Never(field::kProcessId),
    field::Never(field::kUser),
    field::Never(field::kImage),
    {"TargetFilename", FieldType::kString, "File that was to be overwritten.", false},
    {"Hashes", FieldType::kString, "Hashes of that file.", false},
    field::Never(field::kIsExecutable),
};
inline constexpr EventType kFileBlockShredding{
    EVENT_FILE_BLOCK_SHREDDING,
    5,
    4,
    "FileBlockShredding",
    "FileBlockShredding",
    "File Block Shredding (rule: FileBlockShredding)",
    "SYSMONEVENT_FILE_BLOCK_SHREDDING",
    DefaultAction::kExclude,
    "4.83",
    "A file was kept from being overwritten and deleted. (Pidigree watches and never blocks.)",
    kFileBlockShreddingFields};

inline constexpr Field kFileExecutableDetectedFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kUser,
    field::kImage,
    {"TargetFilename", FieldType::kString, "Absolute path of the executable file."},
    {"Hashes", FieldType::kString, "Hashes of that file."},
};
inline constexpr EventType kFileExecutableDetected{
    EVENT_FILE_EXECUTABLE_DETECTED,
    5,
    4,
    "FileExecutableDetected",
    "FileExecutableDetected",
    "File Executable Detected (rule: FileExecutableDetected)",
    "SYSMONEVENT_FILE_EXE_DETECTED",
    DefaultAction::kExclude,
    "4.90",
    "A file that starts as an ELF image or with `#!` was written and closed, or a file was made "
    "executable.",
    kFileExecutableDetectedFields};

inline constexpr Field kEbpfEventFields[] = {
    field::kRuleName,
    field::kUtcTime,
    field::kProcessGuid,
    field::kProcessId,
    field::kImage,
    field::kUser,
    {"BpfCommand", FieldType::kString, "Command of bpf(2), such as BPF_PROG_LOAD."},
    {"BpfProgramType", FieldType::kString,
     "Type of the program without BPF_PROG_TYPE_, such as KPROBE."},
    {"BpfProgramId", FieldType::kUInt32, "Id that the kernel gave the program."},
    {"BpfProgramName", FieldType::kString, "Name of the program, at most 15 bytes."},
};
inline constexpr EventType kEbpfEvent{EVENT_EBPF,
                                      1,
                                      4,
                                      "eBPFEvent",
                                      "eBPFEvent",
                                      "eBPF Program Loaded (rule: eBPFEvent)",
                                      "SYSMONEVENT_EBPF_EVENT",
                                      DefaultAction::kExclude,
                                      "4.90",
                                      "A BPF program was loaded into the kernel.",
                                      kEbpfEventFields};

inline constexpr Field kErrorReportFields[] = {
    field::kUtcTime,
    {"ID", FieldType::kString, "Short name of the cause."},
    {"Description", FieldType::kString, "What happened, with the number of events concerned."},
};
inline constexpr EventType kErrorReport{EVENT_ERROR_REPORT,
                                        3,
                                        2,
                                        "ErrorReport",
                                        "",
                                        "Error report",
                                        "SYSMONEVENT_ERROR",
                                        DefaultAction::kAlways,
                                        "4.00",
                                        "Something went wrong, or events were lost or shortened.",
                                        kErrorReportFields};

// By ascending id; the events of a rule stand next to each other.
inline constexpr std::array kAllEvents = {
    &kProcessCreate,
    &kFileCreateTime,
    &kNetworkConnect,
    &kServiceStateChange,
    &kProcessTerminate,
    &kDriverLoad,
    &kImageLoad,
    &kCreateRemoteThread,
    &kRawAccessRead,
    &kProcessAccess,
    &kFileCreate,
    &kRegistryAddDelete,
    &kRegistryValueSet,
    &kRegistryRename,
    &kFileCreateStreamHash,
    &kConfigStateChange,
    &kPipeCreated,
    &kPipeConnected,
    &kWmiFilter,
    &kWmiConsumer,
    &kWmiBinding,
    &kDnsQuery,
    &kFileDelete,
    &kClipboardChange,
    &kProcessTampering,
    &kFileDeleteDetected,
    &kFileBlockExecutable,
    &kFileBlockShredding,
    &kFileExecutableDetected,
    &kEbpfEvent,
    &kErrorReport,
};

// The event with that id, nullptr if there is none.
constexpr const EventType* FindEvent(uint32_t id) {
  const auto found = std::ranges::lower_bound(kAllEvents, id, {}, &EventType::id);
  return found != kAllEvents.end() && (*found)->id == id ? *found : nullptr;
}

// The events that the element `rule` of <EventFiltering> speaks of, by ascending id: three for
// RegistryEvent and WmiEvent, two for PipeEvent. Letter case counts. Empty if there is no such
// element.
constexpr std::span<const EventType* const> EventsOfRule(std::string_view rule) {
  if (rule.empty()) return {};
  const auto has_rule = [rule](const EventType* event) { return event->rule == rule; };
  const auto first = std::ranges::find_if(kAllEvents, has_rule);
  return {first, std::ranges::find_if_not(first, kAllEvents.end(), has_rule)};
}

// What the rest of the program takes for granted about the table.
namespace schema_check {

constexpr bool FieldNamesAreUnique(const EventType& event) {
  for (size_t i = 0; i < event.fields.size(); ++i)
    if (event.Find(event.fields[i].name) != i) return false;
  return true;
}

// Of series: rules that several events share. All others stand once, and no series is torn apart.
constexpr bool EventsOfEachRuleAreTogether() {
  for (size_t i = 1; i < kAllEvents.size(); ++i)
    for (size_t j = 0; j + 1 < i; ++j)
      if (!kAllEvents[i]->rule.empty() && kAllEvents[i]->rule == kAllEvents[j]->rule &&
          kAllEvents[i]->rule != kAllEvents[i - 1]->rule)
        return false;
  return true;
}

constexpr bool NamesAreUnique() {
  for (size_t i = 0; i < kAllEvents.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (kAllEvents[i]->name == kAllEvents[j]->name ||
          kAllEvents[i]->symbol == kAllEvents[j]->symbol)
        return false;
  return true;
}

constexpr bool All(bool (*holds)(const EventType&)) {
  return std::ranges::all_of(kAllEvents, [holds](const EventType* event) { return holds(*event); });
}

static_assert(std::ranges::adjacent_find(kAllEvents, std::ranges::greater_equal{},
                                         &EventType::id) == kAllEvents.end());
static_assert(All([](const EventType& event) { return event_bit(event.id) != 0; }));
static_assert(NamesAreUnique());
static_assert(EventsOfEachRuleAreTogether());
static_assert(All(FieldNamesAreUnique));
// A rule can be named in the event it let through, and comes first; what is never filtered has
// none.
static_assert(All([](const EventType& event) {
  return event.Find("RuleName") == (event.rule.empty() ? EventType::kNoField : 0);
}));
static_assert(All([](const EventType& event) {
  return event.rule.empty() == (event.by_default == DefaultAction::kAlways);
}));
static_assert(All([](const EventType& event) {
  return event.Find("UtcTime") != EventType::kNoField;
}));
static_assert(All([](const EventType& event) {
  return std::ranges::none_of(event.fields, [](const Field& field) {
    return field.name.empty() || field.doc.empty() || field.since.size() != 4;
  });
}));

}  // namespace schema_check

}  // namespace pidigree

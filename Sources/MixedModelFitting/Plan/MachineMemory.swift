// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What memory the machine has for this process.
package enum MachineMemory {
  /// The bytes that a process may take now: on Linux the kernel's own estimate, or the limit of the
  /// control group where that is less; elsewhere the physical memory. `nil` where nothing is known.
  package static var availableByteCount: Int? {
    let known = [available(in: text(of: "/proc/meminfo")), controlGroupLimit()].compactMap { $0 }
    return known.min() ?? physicalByteCount
  }

  private static var physicalByteCount: Int? {
    let (pages, size) = (sysconf(CInt(_SC_PHYS_PAGES)), sysconf(CInt(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? Int(pages) * Int(size) : nil
  }

  /// The line `MemAvailable:   23456789 kB` of the kernel's report.
  package static func available(in report: String?) -> Int? {
    guard let report else { return nil }
    let key = "MemAvailable:"
    guard let line = report.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    let fields = line.dropFirst(key.count).split(separator: " ")
    guard fields.count == 2, fields[1] == "kB", let count = Int(fields[0]) else { return nil }
    return count * 1024
  }

  /// The least limit of the control group of this process and of those around it.
  private static func controlGroupLimit() -> Int? {
    let root = "/sys/fs/cgroup"
    // Version 2 has one line, `0::/path`; version 1 a line per resource, `4:memory:/path`.
    var limits: [Int] = []
    for line in (text(of: "/proc/self/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
      let (base, name) =
        isUnified ? (root, "memory.max") : (root + "/memory", "memory.limit_in_bytes")
      for folder in folders(upFrom: String(fields[2])) {
        if let limit = limit(in: text(of: base + folder + "/" + name)) { limits.append(limit) }
      }
    }
    return limits.min()
  }

  /// The path and all folders above it, the topmost being empty.
  package static func folders(upFrom path: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).map { count in parts.prefix(count).map { "/" + $0 }.joined() }
  }

  /// A limit of a control group; `max` is none.
  package static func limit(in text: String?) -> Int? {
    text?.split(separator: "\n").first.flatMap { Int($0) }
  }

  /// The text of a small file of the system, which may not be there.
  private static func text(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelFitting
import MixedModels

/// The option that says how large a fit may be.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Refuse a fit that takes more memory: 512MB, 4GB or 2GiB; what the machine has if absent.",
      valueName: "size"))
  var memoryLimit: String?
}

extension MemoryOptions {
  /// The limit in bytes: what the option says, or else what the machine has available now.
  /// - Throws: an error if the option is not a size.
  func limit() throws(MixedModelError) -> Int? {
    guard let memoryLimit else { return MachineMemory.availableByteCount }
    guard let size = ByteSize(memoryLimit) else {
      throw .optionValue(
        "memory-limit", memoryLimit,
        accepted: "a size with its unit, such as 512MB, 4GB or 2GiB")
    }
    return size.byteCount
  }
}

/// A size in bytes as it is typed: a number and a unit, in powers of 1000 (kB, MB, GB, TB) or of 1024
/// (KiB, MiB, GiB, TiB), in upper or lower case.
struct ByteSize {
  let byteCount: Int

  private static let units: [String: Double] = [
    "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
    "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
  ]

  init?(_ text: String) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let value = Double(number), let factor = Self.units[unit], value > 0,
      let count = Int(exactly: (value * factor).rounded())
    else { return nil }
    byteCount = count
  }
}

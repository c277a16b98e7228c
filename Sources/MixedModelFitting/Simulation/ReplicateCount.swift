// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// How many responses may be simulated.
package enum ReplicateCount {
  /// Beyond what any quantile needs; more is taken for a slip of the keyboard.
  package static let greatest = 10_000_000

  /// - Throws: ``MixedModelError`` unless the count is from one to the greatest.
  package static func check(_ count: Int) throws(MixedModelError) {
    guard count > 0 else { throw .replicateCountNotPositive(count) }
    guard count <= greatest else { throw .tooManyReplicates(count, accepted: greatest) }
  }

  /// Refuses responses that the machine cannot hold.
  /// - Parameters:
  ///   - bytesPerValue: what one value of one response takes, with all that is made of it.
  ///   - available: the memory of the machine, if it is known.
  /// - Throws: ``MixedModelError`` also unless the count is positive.
  package static func checkMemory(
    _ count: Int, rowCount: Int, bytesPerValue: Int,
    available: Int? = MachineMemory.availableByteCount
  ) throws(MixedModelError) {
    try check(count)
    let (values, overflows) = count.multipliedReportingOverflow(by: rowCount)
    let (bytes, isTooLarge) = values.multipliedReportingOverflow(by: bytesPerValue)
    let needed = overflows || isTooLarge ? Int.max : bytes
    if let available, needed > available {
      throw .responsesBeyondMemory(
        count, rowCount: rowCount, byteCount: needed, available: available)
    }
  }
}

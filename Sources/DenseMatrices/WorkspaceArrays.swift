// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Arrays that are kept from one evaluation to the next: an evaluation of a small model takes about a
// microsecond, as long as twenty allocations.

extension [Double] {
  /// Makes this an array of zeros, in the storage it has if that is large enough.
  package mutating func fillWithZeros(count: Int) {
    if self.count == count {
      withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    } else {
      self = [Double](repeating: 0, count: count)
    }
  }

  /// Makes this a copy of another array, in the storage it has if that fits.
  package mutating func replaceContents(with other: [Double]) {
    guard count == other.count else {
      // A copy of its own, so that writing to it will not allocate one.
      self = other.withUnsafeBufferPointer { [Double]($0) }
      return
    }
    withUnsafeMutableBufferPointer { target in
      other.withUnsafeBufferPointer { source in _ = target.update(fromContentsOf: source) }
    }
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Arrays that are kept from one evaluation to the next, or made quickly: an evaluation of a small model
// takes about a microsecond, as long as twenty allocations.

extension Array {
  /// A copy in storage of its own: threads that share storage spend their time on counting references to
  /// it.
  package var detached: [Element] { withUnsafeBufferPointer { [Element]($0) } }
}

extension [Double] {
  /// That many zeros, in half the time that the initializer for repeated values takes for a few: it
  /// looks up the type of its storage at every call, in a place that all threads share.
  package static func zeros(_ count: Int) -> [Double] { (0..<count).map { _ in 0 } }

  /// Makes this an array of zeros, in the storage it has if that is large enough.
  package mutating func fillWithZeros(count: Int) {
    if self.count == count {
      withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    } else {
      self = .zeros(count)
    }
  }

  /// Makes this a copy of another array, in the storage it has if that fits.
  package mutating func replaceContents(with other: [Double]) {
    guard count == other.count else {
      // A copy of its own, so that writing to it will not allocate one.
      self = other.detached
      return
    }
    withUnsafeMutableBufferPointer { target in
      other.withUnsafeBufferPointer { source in _ = target.update(fromContentsOf: source) }
    }
  }
}

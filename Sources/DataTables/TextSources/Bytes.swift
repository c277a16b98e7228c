// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Some bytes of a text, freed when the value goes unless someone else keeps them.
package struct Bytes: ~Copyable {
  package let buffer: UnsafeBufferPointer<UInt8>
  private let isOwned: Bool

  deinit {
    guard isOwned, let base = buffer.baseAddress else { return }
    free(UnsafeMutableRawPointer(mutating: base))
  }

  /// Bytes that someone else keeps for as long as these are in use.
  init(keptElsewhere buffer: UnsafeBufferPointer<UInt8>) {
    self.buffer = buffer
    isOwned = false
  }

  /// Room for `capacity` bytes, filled by `fill`, which returns how many it put there.
  /// - Returns: `nil` if there is no memory for them.
  init?<Failure: Error>(
    capacity: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int
  ) throws(Failure) {
    guard let address = malloc(max(1, capacity)) else { return nil }
    let base = address.assumingMemoryBound(to: UInt8.self)
    let count: Int
    do {
      count = try fill(UnsafeMutableBufferPointer(start: base, count: capacity))
    } catch {
      free(address)
      throw error
    }
    buffer = UnsafeBufferPointer(start: base, count: count)
    isOwned = true
  }
}

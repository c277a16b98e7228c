// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// A generator of random numbers that a seed and a stream number determine: Philox4x64 with ten
/// rounds.
///
/// Block c of a stream is a function of (seed, stream, c) alone, so that streams of different
/// numbers do not depend on each other or on the order in which they are used: replicate r of a
/// simulation draws from stream r, on whatever thread, and gives the same numbers. A stream has a
/// period of 2²⁵⁸ numbers.
///
///     var stream = RandomStream(seed: 42, stream: 1)
///     let response = try model.simulatedResponse(using: &stream)
///
/// Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable {
  public let seed: UInt64
  public let stream: UInt64
  private var counter: Block
  private var output = Block(0, 0, 0, 0)
  /// The numbers of the block that have been handed out, or all.
  private var position = 4

  /// The stream of the given number, from its beginning.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.init(seed: seed, stream: stream, counter: Block(0, 0, 0, 0))
  }

  init(seed: UInt64, stream: UInt64, counter: Block) {
    self.seed = seed
    self.stream = stream
    self.counter = counter
  }

  /// Four words: a counter, least significant first, or a block of output.
  struct Block: Sendable, Hashable {
    var first: UInt64
    var second: UInt64
    var third: UInt64
    var fourth: UInt64

    init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
      self.first = first
      self.second = second
      self.third = third
      self.fourth = fourth
    }

    fileprivate mutating func increment() {
      first &+= 1
      guard first == 0 else { return }
      second &+= 1
      guard second == 0 else { return }
      third &+= 1
      if third == 0 { fourth &+= 1 }
    }
  }

  public mutating func next() -> UInt64 {
    if position == 4 {
      output = Self.block(counter, key: (seed, stream))
      counter.increment()
      position = 0
    }
    position += 1
    switch position {
    case 1: return output.first
    case 2: return output.second
    case 3: return output.third
    default: return output.fourth
    }
  }

  // The multipliers and the Weyl increments of the key are those of the source.
  private static func block(_ counter: Block, key: (UInt64, UInt64)) -> Block {
    var block = counter
    var key = key
    for _ in 0..<10 {
      let left = (0xD2E7_470E_E14C_6C93 as UInt64).multipliedFullWidth(by: block.first)
      let right = (0xCA5A_8263_9512_1157 as UInt64).multipliedFullWidth(by: block.third)
      block = Block(
        right.high ^ block.second ^ key.0, right.low, left.high ^ block.fourth ^ key.1, left.low)
      key.0 &+= 0x9E37_79B9_7F4A_7C15
      key.1 &+= 0xBB67_AE85_84CA_A73B
    }
    return block
  }
}

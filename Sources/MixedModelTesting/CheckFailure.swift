// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// One broken promise that a check has found.
///
/// Checks return their failures instead of reporting them, so that they work with any test
/// framework:
///
///     @Test func keepsTheContract() {
///       #expect(CovarianceStructureChecks.failures(of: Autoregressive()).isEmpty)
///     }
public struct CheckFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What the contract asks for, as a sentence.
  public let promise: String
  /// What was found instead, and at which input.
  public let finding: String

  public init(promise: String, finding: String) {
    self.promise = promise
    self.finding = finding
  }

  /// The promise and the finding.
  public var description: String { "\(promise) \(finding)" }
}

/// A list of failures that grows one promise at a time.
struct CheckRecord {
  private(set) var failures: [CheckFailure] = []

  mutating func expect(
    _ isKept: Bool, _ promise: String, _ finding: @autoclosure () -> String
  ) {
    if !isKept { failures.append(CheckFailure(promise: promise, finding: finding())) }
  }
}

/// Numbers in [-1, 1) of a seeded linear congruential generator: checks are the same in every run.
struct CheckNumbers {
  private var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-52 - 1
  }

  mutating func list(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }
}

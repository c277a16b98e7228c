// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DenseMatrices
import MixedModels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The options of commands that work on many simulated responses at a time.
struct ReplicateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many responses are simulated.", valueName: "n"))
  var replicates = 1000

  @Option(
    help: ArgumentHelp(
      "The seed of random numbers; the same one gives the same result.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "How many are worked on at a time; by default as many as there are processors. The result does"
        + " not depend on it.", valueName: "n"))
  var threads: Int?

  @Flag(name: .customLong("no-progress"), help: "Shows no progress.")
  var noProgress = false
}

extension ReplicateOptions {
  /// More than any machine this runs on has.
  private static let mostThreads = 1024

  /// The number of threads, checked; the linear algebra of each is left to itself.
  func threadCount() throws(MixedModelError) -> Int {
    setLibraryThreads(1)
    guard let threads else { return max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
    guard (1...Self.mostThreads).contains(threads) else {
      throw .optionValue(
        "threads", "\(threads)", accepted: "a whole number from 1 to \(Self.mostThreads)")
    }
    return threads
  }

  /// The progress of the work, where somebody may be waiting for it.
  func progress() -> ReplicateProgress? {
    noProgress || !Terminal.hasScreen ? nil : ReplicateProgress(total: replicates)
  }
}

/// The progress of many replicates on one line of the screen.
///
/// Unchecked, because the observer of a bootstrap is never called twice at a time.
final class ReplicateProgress: @unchecked Sendable {
  private let total: Int
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now

  private static let interval = Duration.milliseconds(200)

  init(total: Int) { self.total = total }

  func update(_ count: Int) {
    let now = ContinuousClock.now
    guard now - lastShown >= Self.interval else { return }
    lastShown = now
    let rest = (now - start).seconds / Double(count) * Double(total - count)
    Terminal.showLine("replicate \(count) of \(total), \(rest.fixedText(decimals: 0)) s left")
  }

  func clear() { Terminal.showLine("") }
}

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

/// The options of commands that fit a model to many simulated responses.
struct ReplicateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many responses are simulated.", valueName: "n"))
  var replicates = 1000

  @Option(
    help: ArgumentHelp(
      "The kind of bootstrap intervals: \(IntervalName.list).", valueName: "name"))
  var interval = IntervalName.percentile.rawValue

  @Option(
    help: ArgumentHelp(
      "The seed of random numbers, a whole number from 0; the same one gives the same result.",
      valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "How many are worked on at a time; by default as many as there are processors. The result does"
        + " not depend on it.", valueName: "n"))
  var threads: Int?

  @Flag(name: .customLong("no-progress"), help: "Show no progress.")
  var noProgress = false

  enum IntervalName: String, CaseIterable {
    case percentile, basic, normal, bca, shortest

    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
  }
}

extension ReplicateOptions {
  /// What a bootstrap is made of, and its intervals.
  typealias Model = Resimulatable & Jackknifable

  /// Refuses what no model accepts.
  func check() throws(MixedModelError) {
    _ = try intervalName()
    _ = try threadCount()
    _ = try CountOption.replicates.checked(replicates)
  }

  /// The model as one that can be fitted to simulated responses.
  func resimulatable(_ model: any MixedModel) throws(MixedModelError) -> any Model {
    guard let model = model as? any Model else {
      throw MixedModelError(
        .unavailable, .nothing, problem: "This \(model.family.name) model has no bootstrap.",
        remedy: "Linear and generalized linear mixed models have one.")
    }
    return model
  }

  /// The intervals asked for; those with an acceleration need fits without each group.
  func intervalMethod(
    of model: some Jackknifable
  ) throws(MixedModelError) -> BootstrapIntervalMethod {
    switch try intervalName() {
    case .percentile: .percentile
    case .basic: .basic
    case .normal: .normal
    case .bca: .bca(try GroupJackknife(model))
    case .shortest: .shortest
    }
  }

  /// A bootstrap sample of a model, with progress.
  /// - Parameter file: replicates to go on with.
  func sample(
    of model: some Resimulatable, continuing file: String? = nil
  ) async throws(MixedModelError) -> BootstrapSample {
    let threads = try threadCount()
    let progress = progress()
    defer { progress?.clear() }
    var observer: (@Sendable (Int) -> Void)?
    if let progress { observer = { progress.update($0) } }
    guard let file else {
      return try await model.parametricBootstrap(
        replicates: replicates, seed: seed, threads: threads, onProgress: observer)
    }
    return try await model.parametricBootstrap(
      continuing: try BootstrapSample(contentsOf: file, of: model),
      replicates: replicates, threads: threads, onProgress: observer)
  }

  private func intervalName() throws(MixedModelError) -> IntervalName {
    guard let name = IntervalName(rawValue: interval) else {
      throw .optionValue("interval", interval, accepted: IntervalName.list)
    }
    return name
  }

  /// The number of threads, checked; the linear algebra of each is left to itself.
  private func threadCount() throws(MixedModelError) -> Int {
    setLibraryThreads(1)
    guard let threads else { return max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
    return try CountOption.threads.checked(threads)
  }

  /// The progress of the work, where somebody may be waiting for it.
  private func progress() -> ReplicateProgress? {
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

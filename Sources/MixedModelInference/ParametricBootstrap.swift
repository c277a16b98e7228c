// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

extension Resimulatable {
  /// A parametric bootstrap: responses drawn from the model with new random effects, and the model
  /// fitted to each.
  ///
  /// Replicate r draws from stream r of the seed, so that the sample is the same for any number of
  /// threads, and the first replicates are those of a smaller sample. A replicate that cannot be
  /// drawn or fitted is counted as a failure. If the surrounding task is cancelled, the sample ends
  /// early, with the first replicates.
  ///
  /// With frequency weights, each observation of a row has a response of its own. Linear models, and
  /// binomial and Poisson models by their likelihood, need the means of the rows only; others are
  /// fitted to repeated rows, and take the memory of these.
  ///
  ///     let sample = try await model.parametricBootstrap(replicates: 1000, seed: 1, threads: 4)
  ///     print(try sample.intervals(.percentile))
  ///
  /// R: `bootMer`. MixedModels.jl: `parametricbootstrap`.
  /// - Parameters:
  ///   - threads: how many replicates are worked on at a time.
  ///   - onProgress: called with the number of replicates done, never twice at a time.
  /// - Throws: ``MixedModelError`` unless the numbers of replicates and of threads are positive, and
  ///   if the family has no draws.
  /// - Complexity: a simulation and a refit for each replicate; a copy of the factor for each thread.
  public func parametricBootstrap(
    replicates: Int, seed: UInt64, threads: Int = 1,
    onProgress: (@Sendable (Int) -> Void)? = nil
  ) async throws(MixedModelError) -> BootstrapSample {
    let layout = BootstrapLayout(self)
    let empty = BootstrapSample(
      seed: seed, quantities: layout.quantities,
      estimates: layout.values(ReplicateEstimates(self)))
    return try await parametricBootstrap(
      continuing: empty, replicates: replicates, threads: threads, onProgress: onProgress)
  }

  /// A sample of this model with further replicates: the first n and then m more are the same as
  /// n + m at once.
  /// - Parameter replicates: how many more.
  /// - Throws: ``MixedModelError`` as a bootstrap does, and if the sample is of another model.
  public func parametricBootstrap(
    continuing sample: BootstrapSample, replicates: Int, threads: Int = 1,
    onProgress: (@Sendable (Int) -> Void)? = nil
  ) async throws(MixedModelError) -> BootstrapSample {
    try ReplicateCount.check(replicates)
    guard threads > 0 else {
      throw .optionNotAccepted("threads", "\(threads)", accepted: "a whole number of one or more")
    }
    let layout = BootstrapLayout(self)
    try sample.check(isOf: self, layout)
    let (responses, model) = try resimulation()
    // What no replicate could do is an error of all.
    var probe = RandomStream(seed: sample.seed)
    do {
      _ = try responses.drawMeans(using: &probe)
    } catch {
      if error.kind != .numerical { throw error }
    }
    let first = sample.replicateCount + 1
    let seed = sample.seed
    let tasks = ReplicateTasks<ReplicateWorkspace<Self>, ReplicateOutcome>(
      numbers: first..<first + replicates, onProgress: onProgress
    ) { workspace, replicate in
      var stream = RandomStream(seed: seed, stream: UInt64(replicate))
      return workspace.outcome(using: &stream)
    }
    let fit = try ReplicateFit(model)
    var workspaces: [ReplicateWorkspace<Self>] = []
    for _ in 0..<min(threads, replicates) {
      workspaces.append(
        ReplicateWorkspace(
          fit: try fit.detached(), responses: responses.detached(), layout: BootstrapLayout(self)))
    }
    var result = sample
    for (index, outcome) in await tasks.run(workspaces).enumerated() {
      result.append(outcome, replicate: first + index)
    }
    return result
  }
}

/// How a model is fitted to response after response.
struct ReplicateFit<Model: Resimulatable>: Sendable {
  private let model: Model
  /// The quick way of a linear model, which gives the estimates alone.
  private var refitter: LinearRefitter?

  init(_ model: Model) throws(MixedModelError) {
    self.model = model
    if let linear = model as? LinearMixedModel { refitter = try LinearRefitter(linear) }
  }

  /// The same for another thread.
  func detached() throws(MixedModelError) -> ReplicateFit {
    var result = self
    result.refitter = try refitter?.detached()
    return result
  }

  mutating func estimates(
    _ response: SimulatedResponse
  ) throws(MixedModelError) -> ReplicateEstimates {
    if let refit = try refitter?.refit(to: response.values, scatter: response.scatter) {
      return ReplicateEstimates(refit)
    }
    return ReplicateEstimates(
      try model.refitted(to: response.values), addedDeviance: response.scatter)
  }
}

/// What comes of one replicate.
private enum ReplicateOutcome: Sendable {
  case estimates([Double], isSingular: Bool, hasConverged: Bool)
  case failure(BootstrapSample.FailureReason, message: String)
}

/// All that one thread needs for one replicate after another.
private struct ReplicateWorkspace<Model: Resimulatable>: Sendable {
  var fit: ReplicateFit<Model>
  let responses: ResponseDistribution
  let layout: BootstrapLayout

  mutating func outcome(using stream: inout RandomStream) -> ReplicateOutcome {
    let response: SimulatedResponse
    do {
      response = try responses.drawMeans(using: &stream)
    } catch {
      return .failure(.simulation, message: error.description)
    }
    do {
      let estimates = try fit.estimates(response)
      return .estimates(
        layout.values(estimates), isSingular: estimates.isSingular,
        hasConverged: estimates.hasConverged)
    } catch {
      return .failure(error.kind == .numerical ? .numerical : .model, message: error.description)
    }
  }
}

extension BootstrapSample {
  fileprivate mutating func append(_ outcome: ReplicateOutcome, replicate: Int) {
    switch outcome {
    case .estimates(let values, let isSingular, let hasConverged):
      append(
        replicate: replicate, values: values, isSingular: isSingular, hasConverged: hasConverged)
    case .failure(let reason, let message):
      append(Failure(replicate: replicate, reason: reason, message: message))
    }
  }

  /// Estimates of one model that was fitted, saved and restored may differ by rounding.
  private static let estimateTolerance = 1e-6

  /// - Throws: ``MixedModelError`` unless the sample has the quantities and estimates of the model.
  func check(
    isOf model: some MixedModel, _ layout: BootstrapLayout
  ) throws(MixedModelError) {
    guard quantities == layout.quantities else {
      throw .sampleOfOtherModel(
        "its columns are \(quantities.map(\.key).joined(separator: ", "))")
    }
    let values = layout.values(ReplicateEstimates(model))
    for (quantity, (own, other)) in zip(quantities, zip(estimates, values)) {
      let allowed = Self.estimateTolerance * max(1, abs(other))
      guard abs(own - other) <= allowed || own.isNaN && other.isNaN else {
        throw .sampleOfOtherModel("there, \(quantity.title) is \(own), and \(other) in the model")
      }
    }
  }
}

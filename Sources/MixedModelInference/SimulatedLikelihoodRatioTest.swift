// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// A likelihood-ratio test whose reference distribution is simulated from the smaller model.
public struct SimulatedLikelihoodRatioTest: Sendable {
  /// The difference of the objectives, null less alternative.
  public let statistic: Double
  /// The same difference in each replicate that could be drawn and fitted, in their order.
  public let simulatedStatistics: [Double]
  /// `(1 + #{simulated ≥ statistic}) / (1 + replicates)`, failures not counted.
  public let pValue: Double
  /// The replicates that failed, with the reasons.
  public let failures: [BootstrapSample.Failure]
}

/// Tests a model against one that contains it, by simulation: responses are drawn from the null
/// model, both models are fitted to each, and the statistic is ranked among theirs.
///
/// Unlike the chi-squared reference it holds for variances on their bound and in small samples. A
/// statistic beyond all of N simulated ones has the p-value 1/(N + 1).
///
/// MATLAB: `compare(null, alternative, 'NSim', N)`. R: `pbkrtest::PBmodcomp`.
///
/// Source: Davison & Hinkley, *Bootstrap Methods and their Application* (1997), section 4.2.
/// - Parameters:
///   - threads: how many replicates are worked on at a time; the result does not depend on it.
///   - onProgress: called with the number of replicates done, never twice at a time.
/// - Throws: ``MixedModelError`` unless the models are of the same rows and response and have
///   likelihoods that compare, the alternative has more parameters, and the numbers of replicates and
///   threads are positive; and if every replicate fails.
public func simulatedLikelihoodRatioTest<Null: Resimulatable, Alternative: Resimulatable>(
  _ null: Null, _ alternative: Alternative, replicates: Int, seed: UInt64, threads: Int = 1,
  onProgress: (@Sendable (Int) -> Void)? = nil
) async throws(MixedModelError) -> SimulatedLikelihoodRatioTest {
  try ReplicateCount.check(replicates)
  guard threads > 0 else {
    throw .optionNotAccepted("threads", "\(threads)", accepted: "a whole number of one or more")
  }
  try checkComparable(null, alternative)
  let (responses, refittedNull) = try null.resimulation()
  let (_, refittedAlternative) = try alternative.resimulation()
  let tasks = ReplicateTasks<PairedFit<Null, Alternative>, PairedOutcome>(
    numbers: 1..<replicates + 1, onProgress: onProgress
  ) { fit, replicate in
    var stream = RandomStream(seed: seed, stream: UInt64(replicate))
    return fit.outcome(replicate, using: &stream)
  }
  let nullFit = try ReplicateFit(refittedNull)
  let alternativeFit = try ReplicateFit(refittedAlternative)
  var workspaces: [PairedFit<Null, Alternative>] = []
  for _ in 0..<min(threads, replicates) {
    workspaces.append(
      PairedFit(
        responses: responses.detached(), null: try nullFit.detached(),
        alternative: try alternativeFit.detached()))
  }
  let outcomes = await tasks.run(workspaces)
  let statistic = null.objective - alternative.objective
  var simulated: [Double] = []
  var failures: [BootstrapSample.Failure] = []
  for outcome in outcomes {
    switch outcome {
    case .statistic(let value): simulated.append(value)
    case .failure(let failure): failures.append(failure)
    }
  }
  guard !simulated.isEmpty else {
    throw .everyReplicateFailed(replicates, message: failures.first?.message ?? "")
  }
  let threshold = statistic - roundingShare * max(1, abs(null.objective))
  let exceeding = simulated.count { $0 >= threshold }
  return SimulatedLikelihoodRatioTest(
    statistic: statistic, simulatedStatistics: simulated,
    pValue: Double(1 + exceeding) / Double(1 + simulated.count), failures: failures)
}

/// Objectives of equal fits differ by this share of them, which must not decide.
private let roundingShare = 1e-9

private enum PairedOutcome: Sendable {
  case statistic(Double)
  case failure(BootstrapSample.Failure)
}

private struct PairedFit<Null: Resimulatable, Alternative: Resimulatable>: Sendable {
  let responses: ResponseDistribution
  var null: ReplicateFit<Null>
  var alternative: ReplicateFit<Alternative>

  mutating func outcome(_ replicate: Int, using stream: inout RandomStream) -> PairedOutcome {
    var reason = BootstrapSample.FailureReason.simulation
    do {
      let response = try responses.drawMeans(using: &stream)
      reason = .model
      let small = try null.estimates(response).objective
      return .statistic(small - (try alternative.estimates(response).objective))
    } catch {
      if reason == .model, error.kind == .numerical { reason = .numerical }
      return .failure(
        BootstrapSample.Failure(
          replicate: replicate, reason: reason, message: error.description))
    }
  }
}

/// - Throws: ``MixedModelError`` unless the difference of the objectives is a likelihood ratio.
private func checkComparable(
  _ null: some Resimulatable, _ alternative: some Resimulatable
) throws(MixedModelError) {
  guard null.response == alternative.response,
    null.observationCount == alternative.observationCount
  else {
    throw .incomparableModels(
      "their responses or rows are not the same", remedy: "Fit both to the same rows.")
  }
  guard null.criterionName == alternative.criterionName, null.family.name == alternative.family.name
  else {
    throw .incomparableModels(
      "one is a \(null.family.name) model fitted by \(null.criterionName), the other a "
        + "\(alternative.family.name) model fitted by \(alternative.criterionName)",
      remedy: "Fit both alike.")
  }
  guard null.informationCriteria != nil else {
    throw .incomparableModels(
      "models of the \(null.family.name) family fitted by \(null.criterionName) have no likelihood",
      remedy: "Fit both by a criterion that approximates it.")
  }
  guard
    null.criterionName != Criterion.restrictedMaximumLikelihood.rawValue
      || null.design.fixedEffectNames == alternative.design.fixedEffectNames
  else {
    throw .incomparableModels(
      "REML criteria of models with other fixed effects are no likelihoods of the same data",
      remedy: "Fit both by maximum likelihood.")
  }
  guard alternative.parameterCount > null.parameterCount else {
    throw .incomparableModels(
      "the second has \(alternative.parameterCount) parameters and the first "
        + "\(null.parameterCount)",
      remedy: "Give the smaller model first, and one that contains it second.")
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// Limits of a run, and what counts as rounding.
private enum Limits {
  /// More descents from a saddle than this mean that rounding is mistaken for a slope.
  static let largestEscapeCount = 5
  /// Diagonal entries of a factor below these may be exactly zero: near zero the criterion moves
  /// with their square, so that a tolerance on the criterion says little about them.
  static let zeroThresholds = [FitReport.zeroedParameterBound, 1e-4, 1e-5, 1e-6]
  /// A fit that takes more evaluations than this is looked at: its effects may be in an order that
  /// makes it slow. Nearly all others have ended by then.
  static let swiftEvaluationCount = 6
  /// More changes of the order than this mean that it does not settle.
  static let largestReorderCount = 5
  /// A rise of the criterion below this share of it is rounding.
  static let roundingTolerance = 1e-13
  /// The eigenvalues of a matrix of this order take a tenth of a second.
  static let quickParameterCount = 500
}

/// One run of an optimizer over a criterion: minimization, escape from saddles, canonical form and
/// the certificate.
///
/// While it minimizes, the criterion may take the effects of a term in an order of the fit's choice
/// (see ``EffectOrder``); parameters that leave the run are in the model's order.
struct CriterionFit<Objective: CovarianceCriterion> {
  let optimizer: any Optimizer
  let options: OptimizationOptions
  let onStep: (@Sendable (OptimizationStep) -> Void)?
  /// Whether a certificate will be asked for, which needs derivatives at the end.
  let isCertified: Bool
  var objective: Objective
  private(set) var start: [Double]
  /// The criterion in the model's order, while the fit has another one: that of ``objective`` and
  /// ``parameters``.
  private var original: Objective?
  private var order: EffectOrder?
  private var reorderCount = 0
  /// A time limit counts from here.
  private var beginning = ContinuousClock.now

  private(set) var parameters: [Double]
  private(set) var value = Double.infinity
  var steps: [OptimizationStep] = []
  var gradientEvaluations = 0
  var termination = Termination.failure
  /// The derivatives at the parameters, if they are known.
  var derivatives: (gradient: [Double], hessian: Matrix)?

  /// - Parameter objective: handed over, because a copy kept elsewhere would double the factor in
  ///   memory.
  init(
    _ objective: consuming Objective, from start: [Double], optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?,
    isCertified: Bool = true
  ) throws(MixedModelError) {
    try options.validate(parameterCount: objective.parameterCount)
    self.optimizer = optimizer
    self.onStep = onStep
    self.isCertified = isCertified
    self.start = start
    parameters = start
    var options = options
    // A diagonal entry is one in the identity; nothing else has a bound.
    var bounds = [Double](repeating: -.infinity, count: objective.parameterCount)
    for (place, value) in zip(objective.thetaRange, objective.covariance.identityParameters)
    where value == 1 {
      bounds[place] = 0
    }
    options.lowerBounds = bounds
    self.options = options
    self.objective = objective
  }

  /// Makes the run ready to minimize anew, after a change of the criterion.
  mutating func restart(from start: [Double]) {
    self.start = start
    move(to: start, .infinity)
    steps.removeAll(keepingCapacity: true)
    gradientEvaluations = 0
    reorderCount = 0
    termination = .failure
    beginning = .now
  }

  /// Minimizes the criterion; where the optimizer stops at a saddle, goes down from there.
  mutating func minimize() throws(MixedModelError) {
    var hasRestarted = false
    for _ in 0...Limits.largestEscapeCount {
      try descend()
      try polish()
      let isMoved = identify()
      if isMoved, termination == .stalled, !hasRestarted {
        // Secant models lose their way where parameters are not identified.
        hasRestarted = true
        continue
      }
      canonicalize()
      guard termination.isSuccess, let next = descentFromBoundary() else { break }
      parameters = next
    }
    restoreOrder()
  }

  private mutating func descend() throws(MixedModelError) {
    var options = options
    var better: EffectOrder?
    repeat {
      if let limit = self.options.maxEvaluations {
        options.maxEvaluations = max(1, limit - steps.count)
      }
      if let limit = self.options.maxTime {
        let seconds = (ContinuousClock.now - beginning) / .seconds(1)
        options.maxTime = max(.leastNormalMagnitude, limit - seconds)
      }
      better = try run(options)
      if let better { reorder(better) }
    } while better != nil
  }

  /// Runs the optimizer from the parameters.
  /// - Returns: a better order of the effects, if it was interrupted to go on in that.
  private mutating func run(_ options: OptimizationOptions) throws(MixedModelError) -> EffectOrder?
  {
    let earlier = steps.count
    let userStep = stepInModelOrder
    var observer: (@Sendable (OptimizationStep) -> Void)?
    if let onStep { observer = { onStep(userStep($0).counted(after: earlier)) } }
    var better: EffectOrder?
    let optimum: Optimum
    if let newton = optimizer as? TrustRegionNewton, let meanSquares = objective.effectMeanSquares,
      reorderCount < Limits.largestReorderCount
    {
      let covariance = objective.covariance
      let thetaRange = objective.thetaRange
      optimum = try newton.minimize(
        &objective, from: parameters, options: options, onStep: observer,
        earlierEvaluations: earlier
      ) { parameters, evaluations in
        guard evaluations >= Limits.swiftEvaluationCount else { return false }
        better = covariance.betterOrder(
          at: Array(parameters[thetaRange]), meanSquares: meanSquares)
        return better != nil
      }
    } else {
      optimum = try optimizer.minimize(
        &objective, from: parameters, options: options, onStep: observer)
    }
    guard optimum.value < .infinity else {
      throw .undefinedCriterion(at: parameters)
    }
    parameters = optimum.parameters
    value = optimum.value
    if order == nil, earlier == 0 {
      steps = optimum.steps
    } else {
      steps += optimum.steps.map { userStep($0).counted(after: earlier) }
    }
    gradientEvaluations += optimum.gradientEvaluations
    termination = optimum.termination
    derivatives = nil
    if let gradient = optimum.gradient, let hessian = optimum.hessian {
      derivatives = (gradient, hessian)
    }
    return better
  }

  /// A last Newton step whose gain the optimizer found negligible: it settles digits of the
  /// parameters that the value no longer shows.
  private mutating func polish() throws(MixedModelError) {
    // An optimizer that leaves no model has found the criterion's own one wrong, or uses none.
    let hasModel = derivatives != nil
    guard termination.isSuccess, hasModel || optimizer is TrustRegionNewton else { return }
    let (gradient, model) = currentDerivatives()
    let hessian =
      !hasModel && objective.isCheap
      ? try FiniteDifferences.hessian(of: &objective, at: parameters, gradient: gradient) : model
    guard
      let step = Certificate.newtonStep(
        gradient, hessian: hessian, settledDecrement: objective.settledDecrement)
    else { return }
    let candidate = zip(parameters, step).map { $0 + $1 }
    let limit = value + Limits.roundingTolerance * abs(value)
    guard isCertified else {
      let candidateValue = objective.value(at: candidate)
      if candidateValue <= limit { move(to: candidate, candidateValue) }
      return
    }
    // With the gradient at once, because the certificate needs it there; the model changes little.
    let point = point(at: candidate, needsHessian: false)
    guard point.value <= limit else { return }
    move(to: candidate, point.value)
    self.derivatives = (point.gradient, model)
  }

  private mutating func move(to candidate: [Double], _ candidateValue: Double) {
    parameters = candidate
    value = candidateValue
    derivatives = nil
  }

  /// Where the data leave parameters open, moves to the point that stands for all.
  /// - Returns: whether there are such parameters.
  private mutating func identify() -> Bool {
    guard let candidate = objective.identifiedParameters(parameters) else { return false }
    let candidateValue = objective.value(at: candidate)
    guard candidateValue <= value + Certificate.decrementTolerance else { return false }
    move(to: candidate, candidateValue)
    return true
  }

  /// Signs made canonical, and diagonal entries near zero made exact zeros where the criterion
  /// does not object.
  private mutating func canonicalize() {
    let canonical = canonical(zeroBelow: 0)
    if canonical != parameters { move(to: canonical, value) }
    let tolerance = max(FitReport.zeroedObjectiveRise, Limits.roundingTolerance * abs(value))
    for threshold in Limits.zeroThresholds {
      let candidate = self.canonical(zeroBelow: threshold)
      guard candidate != parameters else { return }
      let candidateValue = objective.value(at: candidate)
      if candidateValue <= value + tolerance { return move(to: candidate, candidateValue) }
    }
  }

  private func canonical(zeroBelow threshold: Double) -> [Double] {
    var result = parameters
    result.replaceSubrange(
      objective.thetaRange,
      with: objective.covariance.canonicalParameters(
        Array(parameters[objective.thetaRange]), zeroBelow: threshold))
    return result
  }

  /// Takes the effects in an order that is counted from the present one.
  private mutating func reorder(_ next: EffectOrder) {
    reorderCount += 1
    let order = order?.followed(by: next) ?? next
    let original = original ?? objective
    parameters = Self.reordered(parameters, objective, to: next)
    objective = original.reordered(to: order)
    self.original = original
    self.order = order
    derivatives = nil
  }

  /// Returns to the model's own order. The value there is the same up to rounding.
  private mutating func restoreOrder() {
    guard let order, let original else { return }
    parameters = Self.reordered(parameters, objective, to: order.inverse)
    objective = original
    self.original = nil
    self.order = nil
    derivatives = nil
    canonicalize()
  }

  /// A step of the optimizer with its parameters in the model's order.
  private var stepInModelOrder: @Sendable (OptimizationStep) -> OptimizationStep {
    guard let inverse = order?.inverse else { return { $0 } }
    let (covariance, thetaRange) = (objective.covariance, objective.thetaRange)
    return { step in
      var parameters = step.parameters
      parameters.replaceSubrange(
        thetaRange, with: covariance.reordered(Array(parameters[thetaRange]), to: inverse))
      return OptimizationStep(
        evaluation: step.evaluation, parameters: parameters, value: step.value)
    }
  }

  private static func reordered(
    _ parameters: [Double], _ objective: Objective, to order: EffectOrder
  ) -> [Double] {
    var result = parameters
    let range = objective.thetaRange
    result.replaceSubrange(
      range, with: objective.covariance.reordered(Array(parameters[range]), to: order))
    return result
  }

  var theta: [Double] { Array(parameters[objective.thetaRange]) }

  /// The evidence at the parameters.
  /// - Parameter groupingFactors: the terms' names.
  mutating func certificate(
    groupingFactors: [String]
  ) throws(MixedModelError) -> Certificate {
    // Whoever has set a limit does not want to wait as long again.
    if termination == .timeLimit, !objective.isCheap,
      derivatives == nil || objective.parameterCount > Limits.quickParameterCount
    {
      return .unknown
    }
    let (gradient, hessian) = currentDerivatives()
    var conditions: [Certificate.BoundaryCondition] = []
    for condition in boundarySlopes() {
      // A slope may be negative over a distance too small to matter: what counts is the fall.
      let change =
        condition.slope < -Certificate.slopeTolerance
        ? min(0, lowestAlong(condition).value - value) : condition.slope
      conditions.append(
        Certificate.BoundaryCondition(
          groupingFactor: groupingFactors[condition.piece.term], leastSlope: change))
    }
    let isExact = objective.isCheap
    let curvature =
      isExact
      ? try FiniteDifferences.hessian(of: &objective, at: parameters, gradient: gradient) : hessian
    var (leastCurvature, direction) = Certificate.leastCurvature(curvature)
    if leastCurvature < -Certificate.curvatureTolerance, let direction, !falls(along: direction) {
      leastCurvature = 0
    }
    return Certificate(
      gradientNorm: Certificate.decrement(gradient, hessian: hessian),
      leastCurvature: leastCurvature, curvatureIsExact: isExact, boundaryConditions: conditions)
  }

  /// Whether the criterion falls along a direction of negative curvature by anything to speak of.
  ///
  /// Where an entry of a factor has hardly any curvature, that of its own scale is a quotient of
  /// rounding errors.
  private mutating func falls(along direction: [Double]) -> Bool {
    for size in [
      1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, -0.001, -0.003, -0.01, -0.03, -0.1, -0.3, -1,
    ] {
      let candidate = zip(parameters, direction).map { $0 + size * $1 }
      if objective.value(at: candidate) < value - Certificate.decrementTolerance { return true }
    }
    return false
  }

  private mutating func currentDerivatives() -> (gradient: [Double], hessian: Matrix) {
    if let derivatives { return derivatives }
    let point = point(at: parameters)
    derivatives = (point.gradient, point.hessian)
    return (point.gradient, point.hessian)
  }

  private mutating func point(
    at parameters: [Double], needsHessian: Bool = true
  ) -> ObjectivePoint {
    var point = ObjectivePoint(parameterCount: parameters.count)
    point.needsHessian = needsHessian
    objective.evaluate(at: parameters, into: &point)
    return point
  }

  /// The record of the run, parameters in the user's units.
  func report(finalObjective: Double, user: ([Double]) -> [Double]) -> FitReport {
    FitReport(
      optimizerName: optimizer.name, backend: optimizer.backend, options: options,
      evaluations: steps.count, gradientEvaluations: gradientEvaluations,
      initialParameters: user(steps.first?.parameters ?? start),
      initialObjective: steps.first?.value ?? .infinity, finalParameters: user(parameters),
      finalObjective: finalObjective, termination: termination,
      steps: steps.map {
        OptimizationStep(
          evaluation: $0.evaluation, parameters: user($0.parameters), value: $0.value)
      })
  }
}

extension OptimizationStep {
  /// The same step in a longer log.
  func counted(after earlier: Int) -> OptimizationStep {
    OptimizationStep(evaluation: earlier + evaluation, parameters: parameters, value: value)
  }
}

extension CriterionFit: Sendable where Objective: Sendable {}

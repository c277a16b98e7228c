// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension LinearProblem {
  /// Fits the model.
  ///
  /// - Parameters:
  ///   - criterion: maximum likelihood (the default) or REML.
  ///   - optimizer: the method; by default Newton's with exact derivatives.
  ///   - options: tolerances, limits and starting values of the optimization.
  ///   - onStep: called after each evaluation of the criterion, theta as the optimizer holds it.
  /// - Throws: ``MixedModelError`` if an option is not accepted or the criterion has no value at the
  ///   start. A fit that does not converge is returned, and says so.
  public func fit(
    criterion: Criterion = .maximumLikelihood, optimizer: any Optimizer = TrustRegionNewton(),
    options: OptimizationOptions = OptimizationOptions(),
    onStep: (@Sendable (OptimizationStep) -> Void)? = nil
  ) throws(MixedModelError) -> LinearMixedModel {
    var fit = try LinearFit(
      self, criterion: criterion, optimizer: optimizer, options: options, onStep: onStep)
    try fit.minimize()
    return try fit.model()
  }

  /// Fits the model once with each optimizer (`allFit` in lme4), to see whether they agree.
  /// - Returns: the optimizers' names with their models or errors, in the order given.
  public func fit(
    allOptimizers optimizers: [any Optimizer], criterion: Criterion = .maximumLikelihood,
    options: OptimizationOptions = OptimizationOptions()
  ) -> [(optimizer: String, result: Result<LinearMixedModel, MixedModelError>)] {
    optimizers.map { optimizer in
      (
        optimizer.name,
        Result { () throws(MixedModelError) -> LinearMixedModel in
          try fit(criterion: criterion, optimizer: optimizer, options: options)
        }
      )
    }
  }
}

/// One run of an optimizer over a problem: minimization, escape from saddles, canonical form and
/// the certificate.
private struct LinearFit {
  let problem: LinearProblem
  let criterion: Criterion
  let optimizer: any Optimizer
  let options: OptimizationOptions
  let onStep: (@Sendable (OptimizationStep) -> Void)?
  var objective: ProfiledDeviance
  let start: [Double]

  var theta: [Double]
  var value = Double.infinity
  var steps: [OptimizationStep] = []
  var gradientEvaluations = 0
  var termination = Termination.failure
  /// The derivatives at theta up to the signs of its columns, if the optimizer left them.
  var derivatives: (gradient: [Double], hessian: Matrix)?

  /// More descents from a saddle than this mean that rounding is mistaken for a slope.
  private static let largestEscapeCount = 5
  /// Diagonal entries of a factor below these may be exactly zero: near zero the criterion moves
  /// with their square, so that a tolerance on the criterion says little about them.
  private static let zeroThresholds = [FitReport.zeroedParameterBound, 1e-4, 1e-5, 1e-6]
  /// A large criterion is rounded by more than the rise allowed.
  private static let zeroRelativeTolerance = 1e-13

  init(
    _ problem: LinearProblem, criterion: Criterion, optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) {
    try options.validate(parameterCount: problem.covarianceParameterCount)
    self.problem = problem
    self.criterion = criterion
    self.optimizer = optimizer
    self.onStep = onStep
    objective = problem.profiledDeviance(criterion)
    start = options.start.map(problem.internalParameters) ?? objective.startingParameters()
    theta = start
    var options = options
    // A diagonal entry is one in the identity; the others have no bound.
    options.lowerBounds = problem.covariance.identityParameters.map { $0 == 1 ? 0 : -.infinity }
    self.options = options
  }

  /// Minimizes the criterion; where the optimizer stops at a saddle, goes down from there.
  mutating func minimize() throws(MixedModelError) {
    for _ in 0...Self.largestEscapeCount {
      try descend()
      identify()
      canonicalize()
      guard termination.isSuccess, let next = descentFromBoundary() else { return }
      theta = next
    }
  }

  private mutating func descend() throws(MixedModelError) {
    var options = options
    if let limit = options.maxEvaluations { options.maxEvaluations = max(1, limit - steps.count) }
    let earlier = steps.count
    var observer: (@Sendable (OptimizationStep) -> Void)?
    if let onStep { observer = { onStep($0.counted(after: earlier)) } }
    let optimum = try optimizer.minimize(
      &objective, from: theta, options: options, onStep: observer)
    guard optimum.value < .infinity else {
      throw .undefinedCriterion(at: problem.userParameters(theta))
    }
    theta = optimum.parameters
    value = optimum.value
    steps += optimum.steps.map { $0.counted(after: earlier) }
    gradientEvaluations += optimum.gradientEvaluations
    termination = optimum.termination
    derivatives = nil
    if let gradient = optimum.gradient, let hessian = optimum.hessian {
      derivatives = (gradient, hessian)
    }
  }

  /// Where the data leave the residual variance open, moves to the point that stands for all.
  private mutating func identify() {
    guard termination.isSuccess, let hessian = derivatives?.hessian,
      let candidate = objective.identifiedParameters(theta, hessian: hessian)
    else { return }
    let candidateValue = objective.value(at: candidate)
    guard candidateValue <= value + Certificate.decrementTolerance else { return }
    theta = candidate
    value = candidateValue
    derivatives = nil
  }

  /// Signs made canonical, and diagonal entries near zero made exact zeros where the criterion
  /// does not object.
  private mutating func canonicalize() {
    let covariance = problem.covariance
    theta = covariance.canonicalParameters(theta, zeroBelow: 0)
    let tolerance = max(FitReport.zeroedObjectiveRise, Self.zeroRelativeTolerance * abs(value))
    for threshold in Self.zeroThresholds {
      let candidate = covariance.canonicalParameters(theta, zeroBelow: threshold)
      guard candidate != theta else { return }
      let candidateValue = objective.value(at: candidate)
      if candidateValue <= value + tolerance {
        theta = candidate
        value = candidateValue
        derivatives = nil
        return
      }
    }
  }

  /// Parameters with a lower criterion next to theta if some covariance matrix is singular and
  /// variance in a new direction would pay; `nil` at a minimum.
  private mutating func descentFromBoundary() -> [Double]? {
    for condition in boundarySlopes() where condition.slope < -Certificate.slopeTolerance {
      let piece = condition.piece
      for size in [1, 0.3, 0.1, 0.03] {
        var next = theta
        next.replaceSubrange(
          piece.parameters,
          with: piece.structure.parameters(
            theta[piece.parameters], dimension: piece.rows.count,
            addingVarianceAlong: condition.direction.map { $0 * size * condition.scale }))
        if objective.value(at: next) < value - Certificate.slopeTolerance / 10 { return next }
      }
    }
    return nil
  }

  private struct BoundarySlope {
    let piece: RelativeCovarianceFactor.PieceView
    let direction: [Double]
    /// The size of the term's factor.
    let scale: Double
    /// The slope for a hundredth of the term's variance.
    let slope: Double
  }

  /// The steepest added variance of every singular piece.
  private mutating func boundarySlopes() -> [BoundarySlope] {
    let covariance = problem.covariance
    let singular = covariance.pieces.filter { piece in
      let lambda = piece.structure.termFactor(theta[piece.parameters], dimension: piece.rows.count)
      return (0..<piece.rows.count).contains { lambda[$0, $0] == 0 }
    }
    guard !singular.isEmpty, let gradients = objective.covarianceGradients(at: theta) else {
      return []
    }
    return singular.map { piece in
      let largest = theta[piece.parameters].reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest : 1
      let (direction, slope) = piece.structure.steepestDirection(
        gradients[piece.term].block(piece.rows))
      return BoundarySlope(
        piece: piece, direction: direction, scale: scale, slope: slope * scale * scale / 100)
    }
  }

  private mutating func certificate() throws(MixedModelError) -> Certificate {
    let (gradient, hessian) = derivatives ?? evaluatedDerivatives()
    let conditions = boundarySlopes().map {
      Certificate.BoundaryCondition(
        groupingFactor: problem.design.randomEffects[$0.piece.term].groupingFactor,
        leastSlope: $0.slope)
    }
    let isCheap = problem.layout.valueCount * theta.count <= Self.cheapValueCount
    let curvature =
      isCheap ? try FiniteDifferences.hessian(of: &objective, at: theta) : hessian
    return Certificate(
      gradientNorm: Certificate.decrement(gradient, hessian: hessian),
      leastCurvature: Certificate.leastCurvature(curvature), curvatureIsExact: isCheap,
      boundaryConditions: conditions)
  }

  private mutating func evaluatedDerivatives() -> (gradient: [Double], hessian: Matrix) {
    var point = ObjectivePoint(parameterCount: theta.count)
    objective.evaluate(at: theta, into: &point)
    return (point.gradient, point.hessian)
  }

  /// A factor this small is evaluated in microseconds, so its exact Hessian costs next to nothing.
  private static let cheapValueCount = 4096

  mutating func model() throws(MixedModelError) -> LinearMixedModel {
    let certificate = try certificate()
    guard let solution = objective.solution(at: theta) else {
      throw .undefinedCriterion(at: problem.userParameters(theta))
    }
    let initial = steps.first
    let report = FitReport(
      optimizerName: optimizer.name, backend: optimizer.backend, options: options, evaluations: steps.count,
      gradientEvaluations: gradientEvaluations,
      initialParameters: problem.userParameters(initial?.parameters ?? start),
      initialObjective: initial?.value ?? .infinity,
      finalParameters: problem.userParameters(theta), finalObjective: objective.objective(solution),
      termination: termination,
      steps: steps.map {
        OptimizationStep(
          evaluation: $0.evaluation, parameters: problem.userParameters($0.parameters),
          value: $0.value)
      })
    return LinearMixedModel(
      problem: problem, criterion: criterion, internalTheta: theta, solution: solution,
      objective: objective.objective(solution), certificate: certificate, fitReport: report)
  }
}

extension OptimizationStep {
  /// The same step in a longer log.
  fileprivate func counted(after earlier: Int) -> OptimizationStep {
    OptimizationStep(evaluation: earlier + evaluation, parameters: parameters, value: value)
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import ModelOptimization

/// A fit by pseudo-likelihood: linear mixed models of the linearized response, one after the other.
///
/// About a linear predictor eta with mean mu, each linear model has
///
///     response z = eta - o + (y - mu) g'(mu),  weights w / (V(mu) g'(mu)²),
///
/// and residual variance φ: estimated with it, or one for families without a dispersion. Its own
/// linear predictor is where the next is linearized, until that no longer moves.
///
/// Source: Wolfinger & O'Connell, "Generalized linear mixed models: a pseudo-likelihood approach",
/// Journal of Statistical Computation and Simulation 48 (1993), 233-243.
struct PseudoLikelihood {
  let problem: GeneralizedProblem
  let criterion: Criterion
  let optimizer: any Optimizer
  private let options: OptimizationOptions
  private let deadline: ContinuousClock.Instant?
  private let onStep: (@Sendable (OptimizationStep) -> Void)?

  /// Where the next linear model is linearized.
  private var point: [Double]
  /// Theta as the last linear model holds it, relative to sigma.
  private var theta: [Double]?
  private var fitCount = 0
  private var steps: [OptimizationStep] = []
  private var gradientEvaluations = 0

  /// The linear predictors have settled when they change by less than this share of them.
  private static let tolerance = 1e-8
  /// A change below this share of the working response is rounding, however small the predictors.
  private static let rounding = 1e-13
  /// The number of linear fits; MATLAB's limit.
  private static let largestFitCount = 100
  /// A linear fit may leave the range of the link: shorter steps than 2⁻³⁰ of it are none.
  private static let largestHalvingCount = 30
  /// Weights that differ by less than this share are equal but for rounding.
  private static let weightTolerance = 1e-8

  /// - Throws: ``MixedModelError`` if the family has a size to be estimated, an option is not
  ///   accepted, or there is no fit without random effects to start from.
  init(
    _ problem: GeneralizedProblem, criterion: Criterion, optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) {
    guard problem.family.dispersion != .size else {
      throw .pseudoLikelihoodOfEstimatedSize(family: problem.family.name)
    }
    try options.validate(parameterCount: problem.covarianceParameterCount)
    self.problem = problem
    self.criterion = criterion
    self.optimizer = optimizer
    self.options = options
    self.onStep = onStep
    deadline = options.maxTime.map { .now + .seconds(min($0, Self.longestTime)) }
    let start = try GeneralizedStart(problem)
    try problem.checkSeparation(start.marginalGamma)
    point = [Double](repeating: 0, count: problem.numbers.rowCount)
    problem.numbers.setFixedPart(&point, gamma: start.marginalGamma)
  }

  /// Thirty years in seconds: what is longer could overflow the clock.
  private static let longestTime = 1e9

  /// One linear model of the sequence, fitted.
  struct LinearFit {
    let problem: LinearProblem
    var run: CriterionFit<ProfiledDeviance>
    let solution: LeastSquaresSolution
    /// The estimates in the units of the linear predictor; see ``GeneralizedLinearMixedModel``.
    let fixedEffects: FixedEffects
    let dispersion: Double
    let theta: [Double]
    let internalTheta: [Double]
    let sphericalRandomEffects: [Double]
    let linearPredictor: [Double]
  }

  /// The last linear model, its record that of the whole sequence.
  mutating func run() throws(MixedModelError) -> LinearFit {
    guard var rows = linearizedRows(at: point) else { throw .noMode() }
    try checkIdentifiable(rows)
    var last = try fit(rows, system: nil)
    while !hasSettled(last, rows) {
      if let limit = reachedLimit {
        last.run.termination = limit
        break
      }
      guard let next = step(to: last.linearPredictor) else {
        last.run.termination = .failure
        break
      }
      rows = next
      last = try fit(rows, system: last.problem.system)
    }
    last.run.steps = steps
    last.run.gradientEvaluations = gradientEvaluations
    return last
  }

  /// Whether the linear predictors of a fit are those about which its rows were linearized.
  private func hasSettled(_ fit: LinearFit, _ rows: DesignRows) -> Bool {
    let change = zip(fit.linearPredictor, point).map { $0 - $1 }
    return Self.norm(change)
      <= max(
        Self.tolerance * Self.norm(fit.linearPredictor), Self.rounding * Self.norm(rows.response))
  }

  /// Moves the point to the given linear predictors, or towards them as far as they have means.
  private mutating func step(to eta: [Double]) -> DesignRows? {
    let start = point
    var length = 1.0
    for _ in 0...Self.largestHalvingCount {
      point = length == 1 ? eta : zip(start, eta).map { $0 + length * ($1 - $0) }
      if let rows = linearizedRows(at: point) { return rows }
      length /= 2
    }
    return nil
  }

  /// The rows of the linear model about the given linear predictors; `nil` where these have no mean.
  private func linearizedRows(at eta: [Double]) -> DesignRows? {
    let rows = problem.rows
    var derivatives = ResponseDerivatives()
    // At dispersion one, the expected information is the working weight and the score its product
    // with the working residual; neither loses digits where a mean is close to its bound.
    problem.numbers.response.evaluate(
      eta, t: 0, ResponseRequest(.newton, information: .expected), into: &derivatives)
    guard derivatives.value > -.infinity else { return nil }
    var weights = derivatives.expectedInformation
    let response = eta.indices.map {
      eta[$0] - (rows.offset?[$0] ?? 0) + derivatives.score[$0] / weights[$0]
    }
    if let frequencies = rows.frequencies {
      for row in weights.indices { weights[row] /= frequencies[row] }
    }
    guard weights.allSatisfy({ $0 > 0 && $0.isFinite }), response.allSatisfy(\.isFinite) else {
      return nil
    }
    return DesignRows(
      fixedEffects: rows.fixedEffects, terms: rows.terms, response: response, weights: weights,
      offset: nil, tableRows: rows.tableRows, tableRowCount: rows.tableRowCount,
      frequencies: rows.frequencies)
  }

  /// An effect for every row is one parameter with a residual variance to be estimated, if the
  /// working weights are equal.
  private func checkIdentifiable(_ rows: DesignRows) throws(MixedModelError) {
    guard fixedVariance == nil, let weights = rows.weights, let least = weights.min(),
      let largest = weights.max(), largest - least <= Self.weightTolerance * largest
    else { return }
    try LinearProblem.checkIdentifiable(
      problem.design,
      DesignRows(
        fixedEffects: rows.fixedEffects, terms: rows.terms, response: rows.response, weights: nil,
        offset: nil, frequencies: rows.frequencies))
  }

  /// The residual variance of the linear models, where it is not estimated.
  private var fixedVariance: Double? { problem.family.dispersion == .one ? 1 : nil }

  private var reachedLimit: Termination? {
    if fitCount >= Self.largestFitCount { return .iterationLimit }
    if let limit = options.maxEvaluations, steps.count >= limit { return .evaluationLimit }
    if let deadline, .now >= deadline { return .timeLimit }
    return nil
  }

  private mutating func fit(
    _ rows: DesignRows, system: EquationSystem?
  ) throws(MixedModelError) -> LinearFit {
    let linear = try LinearProblem(problem.design, rows, system: system, unitLimits: .generalized)
    let objective = try linear.profiledDeviance(criterion, residualVariance: fixedVariance)
    var settings = options
    settings.start = nil
    settings.maxEvaluations = options.maxEvaluations.map { max(1, $0 - steps.count) }
    settings.maxTime = deadline.map {
      max(1e-9, ContinuousClock.now.duration(to: $0) / .seconds(1))
    }
    let earlier = steps.count
    var observer: (@Sendable (OptimizationStep) -> Void)?
    if let onStep { observer = { onStep($0.counted(after: earlier)) } }
    var run = try CriterionFit(
      objective,
      from: theta ?? startingTheta(linear) ?? objective.startingParameters(for: optimizer),
      optimizer: optimizer, options: settings, onStep: observer)
    try run.minimize()
    fitCount += 1
    theta = run.parameters
    steps += run.steps.map { $0.counted(after: earlier) }
    gradientEvaluations += run.gradientEvaluations
    return try estimates(linear, run)
  }

  /// The start that the options give, which is absolute, relative to a first guess of sigma.
  private func startingTheta(_ linear: LinearProblem) -> [Double]? {
    let numbers = problem.numbers
    return options.start.map { start in
      let dispersion =
        fixedVariance ?? numbers.response.pearsonDispersion(point, rank: numbers.rank)
      let sigma = dispersion > 0 ? dispersion.squareRoot() : 1
      return linear.internalParameters(start.map { $0 / sigma })
    }
  }

  private func estimates(
    _ linear: LinearProblem, _ run: CriterionFit<ProfiledDeviance>
  ) throws(MixedModelError) -> LinearFit {
    var run = run
    guard let solution = run.objective.solution(at: run.parameters) else {
      throw .undefinedCriterion(at: linear.userParameters(run.parameters))
    }
    let basis = linear.crossProducts.basis
    let variance = run.objective.residualVariance(solution)
    let sigma = variance.squareRoot() * basis.responseScale
    let fixedEffects = FixedEffects(
      allNames: problem.design.fixedEffectNames, estimable: basis.estimable,
      estimates: basis.coefficients(solution.coordinates),
      covariance: basis.covariance(solution.inverseFixedEffectsInformation, scale: variance))
    let internalTheta = run.parameters.map { $0 * sigma }
    let u = solution.sphericalRandomEffects.map { $0 * basis.responseScale / sigma }
    let numbers = problem.numbers
    var eta = problem.rows.linearPredictor(fixedEffects, randomEffects: nil)
    numbers.addRandomPart(
      &eta,
      numbers.layout.scaled(u, by: problem.covariance.factors(internalTheta)))
    return LinearFit(
      problem: linear, run: run, solution: solution, fixedEffects: fixedEffects,
      dispersion: fixedVariance ?? sigma * sigma,
      theta: linear.userParameters(internalTheta), internalTheta: internalTheta,
      sphericalRandomEffects: u,
      linearPredictor: eta)
  }

  private static func norm(_ x: [Double]) -> Double {
    x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension GeneralizedProblem {
  /// Fits the model by pseudo-likelihood. The record of the fit holds all evaluations of all linear
  /// models, theta relative to the sigma of each.
  func fitPseudoLikelihood(
    _ criterion: GeneralizedCriterion, _ linearCriterion: Criterion, optimizer: any Optimizer,
    options: OptimizationOptions, onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> GeneralizedLinearMixedModel {
    // The linearized response differs between rows that the likelihood may join.
    let problem = withSeparateRows
    var sequence = try PseudoLikelihood(
      problem, criterion: linearCriterion, optimizer: optimizer, options: options, onStep: onStep)
    var fit = try sequence.run()
    let certificate = try fit.run.certificate(
      groupingFactors: design.randomEffects.map(\.groupingFactor))
    return GeneralizedLinearMixedModel(problem, criterion, fit, certificate: certificate)
  }
}

extension GeneralizedLinearMixedModel {
  /// The model whose linearization about itself is the given linear model.
  fileprivate init(
    _ problem: GeneralizedProblem, _ criterion: GeneralizedCriterion,
    _ fit: PseudoLikelihood.LinearFit, certificate: Certificate
  ) {
    let value = fit.run.objective.objective(fit.solution)
    self.problem = problem
    self.criterion = criterion
    information = .expected
    covarianceKind = .conditional
    jointCovarianceFailed = false
    theta = fit.theta
    internalTheta = fit.internalTheta
    objective = value
    dispersion = fit.dispersion
    sizeParameter = (problem.family as? NegativeBinomial)?.size
    fixedEffects = fit.fixedEffects
    self.certificate = certificate
    fitReport = fit.run.report(finalObjective: value, user: fit.problem.userParameters)
    sphericalRandomEffects = fit.sphericalRandomEffects
    linearPredictor = fit.linearPredictor
  }
}

extension MixedModelError {
  fileprivate static func pseudoLikelihoodOfEstimatedSize(family: String) -> MixedModelError {
    MixedModelError(
      .option, .option("pseudo-likelihood"),
      problem: "Pseudo-likelihood does not estimate the size parameter of the \(family) family.",
      remedy: "Give the size parameter, or fit by the Laplace approximation.")
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// Newton's method on a model Hessian, within a trust region; the default.
///
/// Each iteration minimizes the quadratic model within a radius in the scale of the model's
/// diagonal, evaluates the objective once, there, and compares the reduction obtained with the
/// one predicted: that decides whether to move and how far to trust the next model. It stops
/// when the predicted reduction is negligible, a test that has no units and needs no tolerance
/// on the parameters, so that the last evaluation is usually that of the result.
///
/// The model is the objective's own at every point, or, where that is not the true Hessian, at
/// the first few only: damped BFGS updates of the last one then take over, which learn the true
/// curvature from the gradients and spare the objective the cost of its model. They do so, too,
/// where a model known to be approximate is found to misjudge one step after another.
///
/// The parameters are unconstrained. Tolerances in the options add stopping tests to its own:
/// those on the value apply to the predicted reduction, those on the parameters to accepted
/// steps inside the region. Without a limit it stops after 200 evaluations.
///
/// Source: Moré & Sorensen, "Computing a trust region step", SIAM J. Sci. Stat. Comput. 4
/// (1983), 553-572; Conn, Gould & Toint, *Trust-Region Methods* (2000), algorithm 6.1.1.
public struct TrustRegionNewton: Optimizer {
  /// At how many points, from the start on, the objective's own model is used; `nil` for all, or
  /// as long as an approximate one serves.
  public let modelEvaluations: Int?

  /// The method with the objective's own model at the given number of points, at least one, and
  /// secant models from there; `nil` for its own model throughout, or as long as it predicts the
  /// value well if it is approximate (``SecondOrderObjective/hessianIsApproximate``).
  ///
  /// Points are counted when they are accepted. A model that curves downwards does not count as
  /// the last one, because secant models cannot: the objective is asked for one more.
  /// - Precondition: `modelEvaluations` is positive.
  public init(modelEvaluations: Int? = nil) {
    precondition((modelEvaluations ?? 1) > 0, "secant models need a model to start from")
    self.modelEvaluations = modelEvaluations
  }

  public var name: String { "trustregion" }

  public func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> Optimum {
    try minimize(&objective, from: start, options: options, onStep: onStep) { _, _ in false }
  }

  /// Minimizes `objective`, unless the caller would rather go on from a point in other parameters.
  /// - Parameters:
  ///   - earlierEvaluations: How many evaluations, in other parameters, led to the start.
  ///   - interruption: Asked before each evaluation but the first, unless the method stops there,
  ///     with the best parameters so far and the number of evaluations in this run; true ends it as
  ///     ``Termination/interrupted``.
  package func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?, earlierEvaluations: Int = 0,
    interruption: (_ parameters: [Double], _ evaluations: Int) -> Bool
  ) throws(MixedModelError) -> Optimum {
    let count = objective.parameterCount
    try options.validate(parameterCount: count)
    guard start.count == count else {
      throw .optionOfWrongLength("start", count: start.count, parameterCount: count)
    }
    var log = EvaluationLog(options: options, largestCount: Self.largestCount, onStep: onStep)
    var parameters = start
    var current = ObjectivePoint(parameterCount: count)
    // The current and the trial point change places on acceptance: nothing is reallocated.
    current.deadline = log.deadline
    var trial = current
    try objective.evaluate(at: parameters, into: &current)
    log.record(parameters, value: current.value)
    if current.isInterrupted, current.value.isFinite {
      return Self.interrupted(parameters, value: current.value, log)
    }
    guard current.value.isFinite, var model = ScaledQuadratic(current) else {
      return Optimum(
        parameters: parameters, value: .infinity, gradient: nil, hessian: nil,
        gradientEvaluations: 1, termination: .undefinedStart, steps: log.steps)
    }
    var radius = Self.fullRadius(parameters, scale: model.scale)
    var leastValue = current.value
    let noise = objective.relativeNoise
    var ownModelCount = 1
    // The last of the objective's own models, once secant models follow it.
    var frozenModel: Matrix?
    var isConfirming = false
    // Steps in a row that the model misjudged, and whether they have cost it its place.
    var misjudgedCount = 0
    var isReplaced = false

    var termination: Termination?
    while termination == nil {
      let step = model.step(radius: radius)
      if step.predictedReduction < Self.tolerance(at: current.value, options) {
        let unrestricted =
          step.isOnBoundary
          ? model.step(radius: max(radius, Self.fullRadius(parameters, scale: model.scale))) : step
        termination = Self.verdict(step, unrestricted, at: current.value, noise: noise, options)
        if termination == .predictedReduction, !isConfirming, let frozenModel,
          Self.disputes(frozenModel, at: parameters, current, options)
        {
          termination = nil
          isConfirming = true
        }
        if termination != nil { break }
      } else {
        isConfirming = false
      }
      termination = log.reachedLimit
      if termination != nil { break }
      if interruption(parameters, log.steps.count) {
        termination = .interrupted
        break
      }

      var trialParameters = parameters
      for i in trialParameters.indices { trialParameters[i] += step.step[i] }
      trial.needsHessian =
        model.hasNegativeCurvature || !isReplaced && needsOwnModel(after: ownModelCount)
      try objective.evaluate(at: trialParameters, into: &trial)
      if !trial.value.isFinite { trial.value = .infinity }
      if trial.isInterrupted {
        log.record(trialParameters, value: trial.value)
        if trial.value < current.value {
          return Self.interrupted(trialParameters, value: trial.value, log)
        }
        termination = .timeLimit
        break
      }
      var reduction = current.value - trial.value
      if abs(reduction) < noise * abs(current.value),
        trial.value <= leastValue + noise * abs(leastValue)
      {
        let estimate = Self.reductionByGradients(from: current, to: trial, along: step.step)
        if estimate.isFinite { reduction = estimate }
      }
      var isAccepted = false
      if reduction > 0 {
        if !trial.needsHessian {
          if current.needsHessian { frozenModel = current.hessian }
          trial.hessian = Self.secantModel(from: current, to: trial, along: step.step)
        }
        if let next = ScaledQuadratic(trial) {
          model = next
          isAccepted = true
        } else {
          // Without derivatives there would be no going on from here.
          trial.value = .infinity
          reduction = -.infinity
        }
      }
      log.record(trialParameters, value: trial.value)

      let ratio = reduction / step.predictedReduction
      if ratio < Self.poorRatio {
        radius = step.length / Self.contraction
      } else if ratio > Self.goodRatio, step.isOnBoundary {
        radius *= Self.expansion
      }
      if objective.hessianIsApproximate, !step.isOnBoundary {
        misjudgedCount = abs(ratio - 1) > Self.misjudgement ? misjudgedCount + 1 : 0
        isReplaced =
          isReplaced
          || earlierEvaluations + log.steps.count >= Self.longRun
            && misjudgedCount > Self.toleratedMisjudgedCount
      }
      if isAccepted {
        if !step.isOnBoundary, Self.isNegligible(step.step, at: trialParameters, options) {
          termination = .parameterTolerance
        }
        if trial.needsHessian { ownModelCount += 1 }
        leastValue = min(leastValue, trial.value)
        swap(&current, &trial)
        parameters = trialParameters
      } else if !step.isOnBoundary,
        step.predictedReduction < Self.roundingTolerance * abs(current.value)
      {
        termination = .rounding
      }
    }
    // Whoever expects the objective's own model shall not mistake another for it.
    let isExpected = current.needsHessian || modelEvaluations != nil
    return Optimum(
      parameters: parameters, value: current.value, gradient: current.gradient,
      hessian: isExpected ? current.hessian : nil, gradientEvaluations: log.steps.count,
      termination: termination ?? .failure, steps: log.steps)
  }
}

extension TrustRegionNewton {
  /// What is known where the time was up before the derivatives were.
  private static func interrupted(
    _ parameters: [Double], value: Double, _ log: EvaluationLog
  ) -> Optimum {
    Optimum(
      parameters: parameters, value: value, gradient: nil, hessian: nil,
      gradientEvaluations: log.steps.count - 1, termination: .timeLimit, steps: log.steps)
  }
}

// MARK: - Secant models

extension TrustRegionNewton {
  /// Whether the objective shall give its own model at the next point; it must where the present
  /// one curves downwards, as secant models cannot.
  private func needsOwnModel(after ownModelCount: Int) -> Bool {
    modelEvaluations.map { ownModelCount < $0 } ?? true
  }

  /// A step inside the region is misjudged if the reduction differs from the one predicted by this
  /// share of it: a wrong curvature, with which Newton's method gains digits at a constant rate…
  private static let misjudgement = 0.2
  /// …and if that happens this often in a row, it is no accident of one step…
  private static let toleratedMisjudgedCount = 1
  /// …but in the first evaluations higher derivatives explain it.
  private static let longRun = 6

  /// The model of `current` as corrected by the gradient at the end of a step.
  ///
  /// Steps that fail correct nothing: their chords average the curvature over too long a way to
  /// describe it here (on Rosenbrock's valley that costs seven percent more evaluations).
  private static func secantModel(
    from current: ObjectivePoint, to trial: ObjectivePoint, along step: [Double]
  ) -> Matrix {
    let change = step.indices.map { trial.gradient[$0] - current.gradient[$0] }
    return SecantUpdate(of: current.hessian, step: step, gradientChange: change)?.hessian
      ?? current.hessian
  }

  /// Whether the frozen model promises a reduction that a secant model does not.
  ///
  /// Secant models have seen the curvature along a few steps only, and may be too stiff across
  /// them. If the model they began with disagrees, one more evaluation decides: either the step
  /// succeeds and the next model knows the direction in question, or there was nothing to gain.
  private static func disputes(
    _ frozenModel: Matrix, at parameters: [Double], _ point: ObjectivePoint,
    _ options: OptimizationOptions
  ) -> Bool {
    var frozen = point
    frozen.hessian = frozenModel
    let promised = predictedReduction(at: parameters, frozen) ?? 0
    return promised >= tolerance(at: point.value, options)
  }
}

// MARK: - The reduction obtained

extension TrustRegionNewton {
  /// The reduction of the value by a step, by the trapezoidal rule along it: -(g + g⁺)'p/2.
  ///
  /// It takes the place of a difference between values that drowns in their noise, as it has a
  /// relative accuracy of O(‖p‖) and no cancellation. That it goes no further above the least
  /// value than the noise keeps a wrong gradient from leading uphill by many small steps.
  ///
  /// Source: Hager & Zhang, "A new conjugate gradient method with guaranteed descent and an
  /// efficient line search", SIAM J. Optim. 16 (2005), 170-192, section 4 (the approximate Wolfe
  /// conditions).
  private static func reductionByGradients(
    from current: ObjectivePoint, to trial: ObjectivePoint, along step: [Double]
  ) -> Double {
    var sum = 0.0
    for i in step.indices { sum += (current.gradient[i] + trial.gradient[i]) * step[i] }
    return -sum / 2
  }
}

// MARK: - The radius

extension TrustRegionNewton {
  /// A model that predicts less than this share of the reduction obtained is trusted less far…
  private static let poorRatio = 0.25
  /// …one that predicts this share and was held back by the region is trusted further; the
  /// values are those of Conn, Gould & Toint, section 6.1.
  private static let goodRatio = 0.75
  /// The next radius is the length of a poor step divided by this.
  private static let contraction = 4.0
  /// The next radius is the radius of a good step times this.
  private static let expansion = 2.5

  /// A parameter below this counts as this large in the first radius: parameters are of order
  /// one, and one that starts at zero must be able to move.
  private static let leastMagnitude = 0.1

  /// The first radius: every parameter may change by about its own size.
  private static func fullRadius(_ parameters: [Double], scale: [Double]) -> Double {
    var square = 0.0
    for i in parameters.indices {
      let length = scale[i] * max(abs(parameters[i]), leastMagnitude)
      square += length * length
    }
    return square.squareRoot()
  }
}

// MARK: - Judging a point

extension TrustRegionNewton {
  /// The step `-H⁻¹g` and the reduction `g'H⁻¹g/2` that it promises; `nil` unless the Hessian is safely
  /// positive definite.
  package static func newtonStep(
    _ gradient: [Double], hessian: Matrix
  ) -> (step: [Double], predictedReduction: Double)? {
    TrustRegionStep(newton: gradient, hessian, scale: gradient.map { _ in 1 })
      .map { ($0.step, $0.predictedReduction) }
  }

  /// The reduction of the value that a point's derivatives promise for a first step of this
  /// method, a test of any method's result; `nil` if they are not finite.
  package static func predictedReduction(
    at parameters: [Double], _ point: ObjectivePoint
  ) -> Double? {
    guard point.value.isFinite, let model = ScaledQuadratic(point) else { return nil }
    return model.step(radius: fullRadius(parameters, scale: model.scale)).predictedReduction
  }
}

// MARK: - The scale

extension ObjectivePoint {
  /// A diagonal entry of the Hessian below this share of the largest counts as this share, so
  /// that a parameter without curvature does not lose its scale.
  private static let leastCurvature = 1e-8

  /// D: the square roots of the model's diagonal, positive; ones if it has no diagonal.
  fileprivate func scale() -> [Double] {
    var largest = 0.0
    for i in gradient.indices { largest = max(largest, abs(hessian[i, i])) }
    guard largest > 0, largest.isFinite else { return gradient.map { _ in 1 } }
    return gradient.indices.map {
      max(abs(hessian[$0, $0]), Self.leastCurvature * largest).squareRoot()
    }
  }
}

extension ScaledQuadratic {
  fileprivate init?(_ point: ObjectivePoint) {
    self.init(gradient: point.gradient, hessian: point.hessian, scale: point.scale())
  }
}

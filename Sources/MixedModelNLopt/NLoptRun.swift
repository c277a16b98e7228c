// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if NLopt
  import CNLopt
  import MixedModelErrors
  import ModelOptimization

  /// What the library's callback needs; not generic, because a C function pointer cannot be.
  class NLoptCallback {
    func value(
      at parameters: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>?
    ) -> Double { .infinity }
  }

  /// One minimization: evaluates for the library, keeps the log and the best point.
  final class NLoptRun<O: SecondOrderObjective>: NLoptCallback {
    /// Borrowed for the run, so that the objective's workspace is not copied.
    private let objective: UnsafeMutablePointer<O>
    private let parameterCount: Int
    private var log: EvaluationLog
    private var trial: ObjectivePoint
    /// Where the least value was found; derivatives only if the algorithm asked for them.
    private var best: ObjectivePoint
    private var bestParameters: [Double] = []
    private var bestHasDerivatives = false
    private var largestValue = -Double.infinity
    private var undefinedCount = 0
    private var gradientCount = 0
    /// Why this side ended the run; NLopt then only reports a forced stop.
    private var interruption: Termination?
    private var error: MixedModelError?
    private var library: nlopt_opt?

    init(objective: UnsafeMutablePointer<O>, parameterCount: Int, log: EvaluationLog) {
      self.objective = objective
      self.parameterCount = parameterCount
      self.log = log
      trial = ObjectivePoint(parameterCount: parameterCount)
      best = trial
    }

    override func value(
      at pointer: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>?
    ) -> Double {
      // Some algorithms ask again before they notice that they should stop.
      if interruption == nil, error == nil { interruption = log.reachedLimit }
      guard interruption == nil, error == nil else { return stop(gradient) }
      let parameters = Array(UnsafeBufferPointer(start: pointer, count: parameterCount))
      do {
        try evaluate(parameters, withDerivatives: gradient != nil)
      } catch {
        self.error = error
        return stop(gradient)
      }
      guard trial.value.isFinite else {
        if best.value == .infinity {
          interruption = .undefinedStart
          return stop(gradient)
        }
        return barrier(at: parameters, gradient: gradient)
      }
      let value = trial.value
      if let gradient {
        for i in parameters.indices { gradient[i] = trial.gradient[i] }
      }
      largestValue = max(largestValue, value)
      if value < best.value {
        swap(&best, &trial)
        bestParameters = parameters
        bestHasDerivatives = gradient != nil
      }
      return value
    }

    private func evaluate(
      _ parameters: [Double], withDerivatives: Bool
    ) throws(MixedModelError) {
      if withDerivatives {
        gradientCount += 1
        try objective.pointee.evaluate(at: parameters, into: &trial)
        if !trial.gradient.allSatisfy(\.isFinite) { trial.value = .infinity }
      } else {
        trial.value = try objective.pointee.value(at: parameters)
      }
      log.record(parameters, value: trial.value)
    }

    private func stop(_ gradient: UnsafeMutablePointer<Double>?) -> Double {
      nlopt_force_stop(library)
      if let gradient { for i in 0..<parameterCount { gradient[i] = 0 } }
      return largestValue.isFinite ? largestValue : Double.greatestFiniteMagnitude
    }

    /// What the library sees where there is no value: a height above all values so far, by
    /// their range, which does not swamp an interpolation as a huge number would; with the
    /// slope of a parabola that rises to it from the best point.
    private func barrier(
      at parameters: [Double], gradient: UnsafeMutablePointer<Double>?
    ) -> Double {
      undefinedCount += 1
      let height = largestValue - best.value + max(1, abs(best.value))
      if let gradient {
        let squaredDistance = zip(parameters, bestParameters)
          .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        for i in parameters.indices {
          gradient[i] =
            2 * height * (parameters[i] - bestParameters[i])
            / max(squaredDistance, .leastNormalMagnitude)
        }
      }
      return best.value + height
    }
  }

  // MARK: - The run

  extension NLoptRun {
    /// An end near places without a value stands if the exact derivatives promise less than
    /// this, a thousandfold the standard tolerance that such methods stop at…
    private static var absoluteTolerance: Double { 1e-5 }
    /// …or than this share of the value.
    private static var relativeTolerance: Double { 1e-8 }

    /// The seed of the algorithms that draw random directions: results are reproducible.
    private static var seed: UInt { 20_250_101 }

    func optimum(
      of algorithm: NLoptAlgorithm, from start: [Double], options: OptimizationOptions
    ) throws(MixedModelError) -> Optimum {
      var termination = Termination.converged
      if parameterCount == 0 {
        try evaluate([], withDerivatives: false)
        best = trial
        if !best.value.isFinite { termination = .undefinedStart }
      } else {
        termination = try run(algorithm, from: start, options: options)
      }
      if termination.isSuccess, undefinedCount > 0 {
        termination = try confirmed(termination)
      }
      let isDefined = best.value.isFinite
      return Optimum(
        parameters: bestParameters.isEmpty ? start : bestParameters,
        value: isDefined ? best.value : .infinity,
        gradient: isDefined && bestHasDerivatives ? best.gradient : nil,
        hessian: isDefined && bestHasDerivatives ? best.hessian : nil,
        gradientEvaluations: gradientCount, termination: termination, steps: log.steps)
    }

    /// Runs the library on this object as its objective.
    private func run(
      _ algorithm: NLoptAlgorithm, from start: [Double], options: OptimizationOptions
    ) throws(MixedModelError) -> Termination {
      let code = algorithm.code(parameterCount: parameterCount)
      guard let library = nlopt_create(code, UInt32(parameterCount)) else {
        throw .libraryRefused(algorithm, reason: "out of memory")
      }
      defer {
        nlopt_destroy(library)
        self.library = nil
      }
      self.library = library
      nlopt_srand(Self.seed)
      nlopt_set_ftol_rel(library, options.ftolRelative ?? OptimizationOptions.standardFtolRelative)
      nlopt_set_ftol_abs(library, options.ftolAbsolute ?? OptimizationOptions.standardFtolAbsolute)
      nlopt_set_xtol_rel(library, options.xtolRelative ?? OptimizationOptions.standardXtolRelative)
      nlopt_set_xtol_abs1(
        library, options.xtolAbsolute ?? OptimizationOptions.standardXtolAbsolute)
      nlopt_set_initial_step(library, options.initialStep ?? NLoptOptimizer.firstSteps(from: start))
      if algorithm.keepsBounds, let bounds = options.lowerBounds {
        nlopt_set_lower_bounds(library, bounds)
      }
      let context = Unmanaged.passUnretained(self as NLoptCallback).toOpaque()
      nlopt_set_min_objective(
        library,
        { _, parameters, gradient, context in
          guard let parameters, let context else { return .greatestFiniteMagnitude }
          return Unmanaged<NLoptCallback>.fromOpaque(context).takeUnretainedValue()
            .value(at: parameters, gradient: gradient)
        }, context)
      var parameters = start
      var value = 0.0
      let result = withExtendedLifetime(self) { nlopt_optimize(library, &parameters, &value) }
      if let error { throw error }
      if let interruption { return interruption }
      if result == NLOPT_INVALID_ARGS {
        let reason = nlopt_get_errmsg(library).map { String(cString: $0) }
        throw .libraryRefused(algorithm, reason: reason ?? "it does not accept this problem")
      }
      return best.value.isFinite ? Termination(result) : .failure
    }

    /// The termination, if the exact derivatives at the best point agree that it is a minimum.
    private func confirmed(_ termination: Termination) throws(MixedModelError) -> Termination {
      if !bestHasDerivatives {
        if let limit = log.reachedLimit { return limit }
        let value = best.value
        try evaluate(bestParameters, withDerivatives: true)
        guard trial.value.isFinite else { return .stalled }
        swap(&best, &trial)
        best.value = value
        bestHasDerivatives = true
      }
      let tolerance = max(Self.absoluteTolerance, Self.relativeTolerance * abs(best.value))
      let promised = TrustRegionNewton.predictedReduction(at: bestParameters, best)
      return promised ?? .infinity < tolerance ? termination : .stalled
    }
  }

  extension NLoptOptimizer {
    /// The first step in each parameter: NLopt's heuristic for covariance parameters bounded by
    /// zero, as MixedModels.jl shows it, with or without the bounds.
    static func firstSteps(from start: [Double]) -> [Double] {
      start.map { $0 == 0 ? 1 : 0.75 * abs($0) }
    }
  }

  extension Termination {
    /// The outcome that one of NLopt's return codes stands for.
    fileprivate init(_ result: nlopt_result) {
      self =
        switch result {
        case NLOPT_SUCCESS: .converged
        case NLOPT_STOPVAL_REACHED: .stopValue
        case NLOPT_FTOL_REACHED: .valueTolerance
        case NLOPT_XTOL_REACHED: .parameterTolerance
        case NLOPT_MAXEVAL_REACHED: .evaluationLimit
        case NLOPT_MAXTIME_REACHED: .timeLimit
        case NLOPT_ROUNDOFF_LIMITED: .rounding
        default: .failure
        }
    }
  }
#endif

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import ModelOptimization

/// An algorithm of the NLopt library as an optimizer, for comparison and by request.
///
/// Options left open have the values of MixedModels.jl 5, and its first steps: three quarters of
/// a starting value, one where that is zero. Gradient-based algorithms get the exact gradient.
///
/// A place without a finite value is shown to the library as a height above all values seen, as
/// the algorithms take NaN for a descent or fail on it. Since that can mislead them, an end
/// near such places counts as success only if the exact derivatives agree. The result is the
/// best point evaluated, whatever the library returns.
///
/// Needs the package trait `NLopt`.
public struct NLoptOptimizer: Optimizer {
  public let algorithm: NLoptAlgorithm

  public var backend: String { "nlopt" }

  public var name: String { algorithm.rawValue }

  /// The optimizer of the given algorithm.
  /// - Throws: An `unavailable` error if the package was built without the trait `NLopt`.
  public init(_ algorithm: NLoptAlgorithm) throws(MixedModelError) {
    #if NLopt
      self.algorithm = algorithm
    #else
      throw .libraryNotBuiltIn(algorithm.rawValue)
    #endif
  }

  /// The optimizer of the given name, NLopt's in lower case without `LN_` or `LD_`.
  /// - Throws: An error that lists the names if there is none such, and an `unavailable` error
  ///   if the package was built without the trait `NLopt`.
  public init(named name: String) throws(MixedModelError) {
    guard let algorithm = NLoptAlgorithm(rawValue: name) else { throw .unknownAlgorithm(name) }
    try self.init(algorithm)
  }

  public func minimize<O: SecondOrderObjective>(
    _ objective: inout O, from start: [Double], options: OptimizationOptions,
    onStep: (@Sendable (OptimizationStep) -> Void)?
  ) throws(MixedModelError) -> Optimum {
    let count = objective.parameterCount
    try options.validate(parameterCount: count)
    guard start.count == count else {
      throw .optionOfWrongLength("start", count: start.count, parameterCount: count)
    }
    if algorithm.keepsBounds, let bounds = options.lowerBounds,
      let i = start.indices.first(where: { !(start[$0] >= bounds[$0]) })
    {
      throw .startBelowBound(start[i], parameter: i + 1, bound: bounds[i])
    }
    #if NLopt
      let log = EvaluationLog(options: options, largestCount: Self.largestCount, onStep: onStep)
      return try withUnsafeMutablePointer(to: &objective) { pointer throws(MixedModelError) in
        let run = NLoptRun(objective: pointer, parameterCount: count, log: log)
        return try run.optimum(of: algorithm, from: start, options: options)
      }
    #else
      throw .libraryNotBuiltIn(name)
    #endif
  }

  /// Without a limit in the options, an algorithm that wanders ends here; none that converges
  /// has been seen to need a tenth of it.
  private static let largestCount = 100_000
}

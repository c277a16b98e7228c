// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelNLopt
import MixedModels

/// The options that control the optimization.
struct OptimizerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The method: trustregion (Newton's, with exact derivatives), or an algorithm of NLopt:"
        + " \(NLoptAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var optimizer = OptimizerOptions.defaultName

  @Option(help: ArgumentHelp("The largest number of evaluations.", valueName: "n"))
  var maxEvaluations: Int?

  @Option(help: ArgumentHelp("The longest time.", valueName: "seconds"))
  var maxTime: Double?

  @Option(
    help: ArgumentHelp("Stop at this relative change of the objective.", valueName: "x"))
  var ftolRel: Double?

  @Option(help: ArgumentHelp("Stop at this change of the objective.", valueName: "x"))
  var ftolAbs: Double?

  @Option(
    help: ArgumentHelp("Stop at this relative change of the parameters.", valueName: "x"))
  var xtolRel: Double?

  @Option(help: ArgumentHelp("Stop at this change of the parameters.", valueName: "x"))
  var xtolAbs: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The covariance parameters theta to start from.", valueName: "a,b,c"))
  var start: String?
}

extension OptimizerOptions {
  static let defaultName = TrustRegionNewton().name

  /// The optimizer asked for; `nil` for the default.
  /// - Throws: an error that lists the names if there is none such.
  func method() throws(MixedModelError) -> (any Optimizer)? {
    if optimizer == Self.defaultName { return nil }
    do {
      return try NLoptOptimizer(named: optimizer)
    } catch {
      throw error.kind == .unknownName ? .unknownOptimizer(optimizer) : error
    }
  }

  func optimizationOptions() throws(MixedModelError) -> OptimizationOptions {
    OptimizationOptions(
      ftolRelative: ftolRel, ftolAbsolute: ftolAbs, xtolRelative: xtolRel, xtolAbsolute: xtolAbs,
      maxEvaluations: maxEvaluations, maxTime: maxTime, start: try startingValues())
  }

  private func startingValues() throws(MixedModelError) -> [Double]? {
    guard let start else { return nil }
    var values: [Double] = []
    for field in start.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = Double(String(field.filter { $0 != " " })) else {
        throw .optionValue("start", start, accepted: "numbers with commas between them")
      }
      values.append(value)
    }
    return values
  }
}

extension MixedModelError {
  fileprivate static func unknownOptimizer(_ name: String) -> MixedModelError {
    let names = [OptimizerOptions.defaultName] + NLoptAlgorithm.allCases.map(\.rawValue)
    let nearest = suggestion(for: name, in: names)
    return MixedModelError(
      .option, .option("optimizer"), problem: "There is no optimizer \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Optimizers: \(names.joined(separator: ", ")).")
  }
}

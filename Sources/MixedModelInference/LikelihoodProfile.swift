// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting
import StatisticalFunctions

/// The likelihood profiles of a model's parameters: how much the deviance rises as one of them is
/// held away from its estimate and all others follow.
public struct LikelihoodProfile: Sendable {
  /// The profile of one parameter.
  public struct Curve: Sendable {
    public struct Point: Sendable {
      /// The value at which the parameter is held.
      public let value: Double
      /// The square root of the rise of the deviance above its minimum, negative below the estimate:
      /// a straight line where Wald's interval is right.
      public let zeta: Double
      /// Minus twice the profile log-likelihood.
      public let deviance: Double
      /// All parameters, in the order of ``LikelihoodProfile/parameters``; NaN for a correlation with
      /// an effect that does not vary.
      public let estimates: [Double]
    }

    public let parameter: BootstrapQuantity
    /// By ascending value, the estimate among them.
    public let points: [Point]
  }

  /// One curve per parameter asked for.
  public let curves: [Curve]
  /// All parameters of the model.
  public let parameters: [BootstrapQuantity]
  /// How the profiles were made, each a sentence.
  public let notes: [String]

  /// The curve of the given parameter, or `nil` if it was not asked for.
  public subscript(parameter: BootstrapQuantity) -> Curve? {
    curves.first { $0.parameter == parameter }
  }
}

extension Profilable {
  /// The likelihood profiles of the parameters, from the estimate to where an interval at the given
  /// level ends on either side, or to the boundary.
  ///
  /// Standard deviations and correlations are profiled themselves, each with all others free.
  /// A linear model fitted by REML is fitted by maximum likelihood first, and a note says so.
  ///
  /// R: `profile`. MixedModels.jl: `profile`.
  /// - Parameters:
  ///   - names: the keys of parameters, such as `beta:days`, or `beta`, `sd`, `cor` for all of a kind;
  ///     by default all.
  ///   - points: the points on each side of an estimate, evenly spaced in zeta.
  /// - Throws: ``MixedModelError`` if a name, the number of points or the level is not accepted, or the
  ///   model has no likelihood to profile.
  /// - Complexity: a few evaluations of the criterion per point.
  public func profile(
    of names: [String]? = nil, points: Int = 8, level: Double = 0.99
  ) throws(MixedModelError) -> LikelihoodProfile {
    guard points > 0 else {
      throw .optionNotAccepted("points", "\(points)", accepted: "a whole number of one or more")
    }
    let z = try normalLimit(level)
    let quantities = ProfiledQuantities(self)
    let selected = try quantities.selected(names)
    let profiler = try profiler()
    var curves: [LikelihoodProfile.Curve] = []
    for entry in selected where hasValue(entry.parameter) {
      var search = ProfileSearch(try profiler.path(of: entry.parameter), of: entry.quantity)
      let below = try search.points(to: -z, count: points).reversed()
      let above = try search.points(to: z, count: points)
      curves.append(
        LikelihoodProfile.Curve(
          parameter: entry.quantity,
          points: (below + [search.minimum] + above).map {
            LikelihoodProfile.Curve.Point(
              value: $0.value, zeta: search.zeta($0), deviance: $0.deviance,
              estimates: quantities.values($0))
          }))
    }
    return LikelihoodProfile(
      curves: curves, parameters: quantities.entries.map(\.quantity), notes: profiler.notes)
  }
}

extension MixedModel {
  /// Whether a parameter has a value: a correlation with an effect that does not vary has none.
  func hasValue(_ parameter: ProfiledParameter) -> Bool {
    guard case .correlation(let term, let i, let j) = parameter else { return true }
    return varianceComponents[term].correlation(i, j) != .undefined
  }
}

extension Profiler {
  /// What is to be said of every profile.
  var notes: [String] {
    isRefitted
      ? ["The model was fitted by REML; profiles and estimates are those of its ML fit."] : []
  }
}

/// The quantile of the normal distribution that an interval of the given level ends at.
func normalLimit(_ level: Double) throws(MixedModelError) -> Double {
  try checkLevel(level)
  return -Normal().quantile((1 - level) / 2)
}

extension LikelihoodProfile: CustomStringConvertible {
  /// The points of all curves as a table of results, with the other parameters beside them.
  public var table: ResultTable {
    var table = ResultTable(
      "profile", title: "Likelihood profiles",
      columns: [
        ResultTable.Column("parameter", "Parameter"), ResultTable.Column("value", "Value"),
        ResultTable.Column("zeta", "Zeta"), ResultTable.Column("deviance", "Deviance"),
      ] + parameters.map { ResultTable.Column($0.key, $0.key) })
    for curve in curves {
      for point in curve.points {
        table.append(
          [
            .text(curve.parameter.key), .number(point.value), .number(point.zeta),
            .number(point.deviance),
          ] + point.estimates.map { ResultTable.Value($0.isNaN ? nil : $0) })
      }
    }
    table.notes = notes
    return table
  }

  public var description: String { table.description }
}

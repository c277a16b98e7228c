// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import RealModule
import StatisticalFunctions

/// How p-values and intervals of several comparisons account for their number.
///
/// With every rule but ``none`` the probability of any false rejection in a family is at most the
/// level, whatever the truth. R: the argument `adjust` of emmeans, `p.adjust`.
public enum MultiplicityAdjustment: String, Sendable, Hashable, CaseIterable {
  /// Each comparison by itself.
  case none
  /// All pairs of k means by the distribution of the studentized range: exact for independent means
  /// of equal variance, otherwise cautious (the method of Tukey and Kramer).
  case tukey
  /// p-values times the number of comparisons.
  case bonferroni
  /// Bonferroni's rule step by step from the smallest p-value on; intervals are Bonferroni's.
  case holm
  /// `1 - (1 - p)^m` for m comparisons.
  case sidak
  /// For all contrasts of the means, not those of pairs alone: `t²/r` is referred to the F distribution,
  /// r being the number of linearly independent ones.
  case scheffe
}

extension MultiplicityAdjustment {
  /// What a table says of its p-values; `nil` for nothing.
  /// - Parameter dimension: the number of linearly independent comparisons.
  func description(comparisonCount: Int, meanCount: Int, dimension: Int) -> String? {
    // A single comparison stays as it is by every rule.
    guard comparisonCount > 1 else { return nil }
    let count = "\(comparisonCount) comparisons"
    switch self {
    case .none: return nil
    case .tukey:
      return "P-values and intervals are adjusted by Tukey's method for \(meanCount) means."
    case .bonferroni:
      return "P-values and intervals are adjusted by Bonferroni's method for \(count)."
    case .holm:
      return "P-values are adjusted by Holm's method for \(count), intervals by Bonferroni's."
    case .sidak: return "P-values and intervals are adjusted by Šidák's method for \(count)."
    case .scheffe:
      return "P-values and intervals are adjusted by Scheffé's method with rank \(dimension)."
    }
  }
}

/// The comparisons of all pairs of some means.
struct ComparisonFamily {
  let adjustment: MultiplicityAdjustment
  let meanCount: Int
  let level: Double
  /// The number of linearly independent comparisons.
  let dimension: Int
  /// Critical values by degrees of freedom: many comparisons share them, and quantiles of the
  /// studentized range cost the most.
  private var criticalValues: [Double: Double] = [:]

  init(_ adjustment: MultiplicityAdjustment, meanCount: Int, level: Double, dimension: Int) {
    self.adjustment = adjustment
    self.meanCount = meanCount
    self.level = level
    self.dimension = dimension
  }

  var count: Int { meanCount * (meanCount - 1) / 2 }

  /// Adjusted p-values of t statistics; `nil` for comparisons that cannot be estimated, which count
  /// as members of the family all the same.
  func pValues(_ tests: [(statistic: Double, degreesOfFreedom: Double)?]) -> [Double?] {
    let plain = tests.map { test in
      test.map { StudentT(degreesOfFreedom: $0.degreesOfFreedom).twoSidedTail($0.statistic) }
    }
    let m = Double(count)
    switch adjustment {
    case .none: return plain
    case .bonferroni: return plain.map { $0.map { min(1, m * $0) } }
    case .sidak: return plain.map { $0.map { -Double.expMinusOne(m * Double.log(onePlus: -$0)) } }
    case .tukey:
      return tests.map { test in
        test.map {
          StudentizedRange(count: meanCount, degreesOfFreedom: $0.degreesOfFreedom)
            .survival(abs($0.statistic) * 2.0.squareRoot())
        }
      }
    case .scheffe:
      return tests.map { test in
        test.map {
          FisherF(
            numeratorDegreesOfFreedom: Double(dimension),
            denominatorDegreesOfFreedom: $0.degreesOfFreedom
          ).survival($0.statistic * $0.statistic / Double(dimension))
        }
      }
    case .holm:
      var adjusted = plain
      var largest = 0.0
      let order = plain.indices.filter { plain[$0] != nil }
        .sorted { (plain[$0] ?? 1) < (plain[$1] ?? 1) }
      for (rank, place) in order.enumerated() {
        largest = max(largest, min(1, (m - Double(rank)) * (plain[place] ?? 1)))
        adjusted[place] = largest
      }
      return adjusted
    }
  }

  /// How many standard errors the limits are from the estimate.
  mutating func criticalValue(degreesOfFreedom: Double) -> Double {
    if let known = criticalValues[degreesOfFreedom] { return known }
    let student = StudentT(degreesOfFreedom: degreesOfFreedom)
    let m = Double(count)
    let value =
      switch adjustment {
      case .none: -student.quantile((1 - level) / 2)
      case .bonferroni, .holm: -student.quantile((1 - level) / (2 * m))
      case .sidak: -student.quantile(-Double.expMinusOne(Double.log(level) / m) / 2)
      case .tukey:
        StudentizedRange(count: meanCount, degreesOfFreedom: degreesOfFreedom).quantile(level)
          / 2.0.squareRoot()
      case .scheffe:
        FisherF(
          numeratorDegreesOfFreedom: Double(dimension),
          denominatorDegreesOfFreedom: degreesOfFreedom
        ).scheffeCriticalValue(level)
      }
    criticalValues[degreesOfFreedom] = value
    return value
  }
}

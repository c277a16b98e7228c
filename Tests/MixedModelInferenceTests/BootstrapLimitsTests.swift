// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MixedModelInference

@Suite("Limits of bootstrap intervals")
struct BootstrapLimitsTests {
  private static let estimate = 10.467
  private static let replicates = [
    9.677, 10.877, 9.068, 12.613, 11.112, 9.267, 11.037, 12.011, 11.133, 10.513, 13.655, 10.908,
    9.406, 7.169, 11.871, 10.156, 10.518, 11.825, 11.368, 11.434, 11.577, 11.902, 12.145, 7.288,
    12.122, 10.471, 10.192, 8.229, 10.097, 11.652, 13.302, 10.06, 10.837, 10.04, 8.175, 10.104,
    9.834,
  ]
  /// Of influence values -1.2, 0.4, 0.8, -0.3, 2.5, -0.7, 0.1, -0.9, 0.6, -1.3.
  private static let acceleration = 0.046027615295183

  private struct Reference {
    let level: Double
    let normal: (Double, Double)
    let basic: (Double, Double)
    let percentile: (Double, Double)
    let accelerated: (Double, Double)
  }

  /// R 4.2.2, boot 1.3-28.1: `boot.ci(type = c("norm", "basic", "perc"))`, and `type = "bca"` with
  /// the influence values as `L`. At 95 % the limits are beyond the replicates' extremes.
  private static let references = [
    Reference(
      level: 0.9, normal: (7.8555848552185, 12.734307036673),
      basic: (7.6042579139587, 13.655352147986), percentile: (7.2786478520144, 13.329742086041),
      accelerated: (7.169, 12.177697034682)),
    Reference(
      level: 0.95, normal: (7.3882679262275, 13.201623965664), basic: (7.279, 13.765),
      percentile: (7.169, 13.655), accelerated: (7.169, 13.312351232387)),
    Reference(
      level: 0.5, normal: (9.2946599473844, 11.295231944508),
      basic: (9.1967089074573, 10.995560491698), percentile: (9.9384395083018, 11.737291092543),
      accelerated: (9.0724624721597, 11.042996373402)),
  ]

  private static func expect(
    _ limits: BootstrapLimits.Limits?, _ expected: (Double, Double), _ what: String
  ) throws {
    let limits = try #require(limits)
    // All digits of the reference.
    #expect(abs(limits.lower - expected.0) < 1e-11, "\(what)")
    #expect(abs(limits.upper - expected.1) < 1e-11, "\(what)")
  }

  @Test("Percentile, basic, normal and BCa limits are those of R's boot.ci")
  func references() throws {
    for reference in Self.references {
      let limits = BootstrapLimits(
        estimate: Self.estimate, replicates: Self.replicates, level: reference.level)
      try Self.expect(limits.normal, reference.normal, "normal \(reference.level)")
      try Self.expect(limits.basic, reference.basic, "basic \(reference.level)")
      try Self.expect(limits.percentile, reference.percentile, "percentile \(reference.level)")
      try Self.expect(
        limits.accelerated(Self.acceleration), reference.accelerated, "bca \(reference.level)")
    }
  }

  @Test("The shortest interval is the shortest of all with as many replicates")
  func shortest() {
    for level in [0.1, 0.5, 0.9, 0.999] {
      let limits = BootstrapLimits(
        estimate: Self.estimate, replicates: Self.replicates, level: level)
      let shortest = limits.shortest
      let share = Double(Self.replicates.count) * level
      func count(_ lower: Double, _ upper: Double) -> Int {
        Self.replicates.count { $0 >= lower && $0 <= upper }
      }
      #expect(Double(count(shortest.lower, shortest.upper)) >= share)
      for lower in Self.replicates {
        for upper in Self.replicates where upper - lower < shortest.upper - shortest.lower {
          #expect(Double(count(lower, upper)) < max(2, share))
        }
      }
    }
  }

  @Test("Without replicates on both sides of the estimate there is no correction for bias")
  func oneSided() {
    let limits = BootstrapLimits(estimate: 0, replicates: Self.replicates, level: 0.9)
    #expect(limits.accelerated(0) == nil)
    // An acceleration that reverses the order of probabilities is refused, too.
    let skewed = BootstrapLimits(
      estimate: Self.estimate, replicates: Self.replicates, level: 0.9)
    #expect(skewed.accelerated(2) == nil)
    #expect(skewed.accelerated(.nan) == nil)
  }
}

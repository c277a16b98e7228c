// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// Tests of fixed effects with a cluster-robust covariance matrix, and the clusters less one as
/// degrees of freedom (`test = "naive-t"` of clubSandwich).
///
///     try model.coefficientTable(degreesOfFreedom: .clusterRobust(.cr2))
public struct ClusterRobustTests: DegreesOfFreedomMethod {
  public let correction: ClusterCorrection
  /// `nil` for the grouping factor in which the others are nested.
  public let clusters: RowGroups?

  public init(_ correction: ClusterCorrection, by clusters: RowGroups? = nil) {
    self.correction = correction
    self.clusters = clusters
  }

  public func reference(for model: some MixedModel) throws(MixedModelError) -> any TestReference {
    try model.clusterRobustCovariance(correction, by: clusters).reference
  }

  public var testDescription: String? {
    "cluster-robust covariance \(correction.rawValue.uppercased())"
  }
}

extension ClusterRobustCovariance {
  var reference: ConstantReference {
    ConstantReference(covariance: matrix, degreesOfFreedom: Double(clusterCount - 1))
  }
}

extension DegreesOfFreedomMethod where Self == ClusterRobustTests {
  /// A cluster-robust covariance matrix, and the clusters less one.
  public static func clusterRobust(
    _ correction: ClusterCorrection = .cr2, by clusters: RowGroups? = nil
  ) -> ClusterRobustTests {
    ClusterRobustTests(correction, by: clusters)
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import MixedModelErrors

extension DesignOptions {
  /// Refuses a model that would take more memory than the limit.
  /// - Parameters:
  ///   - system: what the equations are solved by; before it is known, the model is refused only if its
  ///     rows and its effects by themselves are too many.
  ///   - data: `nil` where neither a table nor its rows are held.
  /// - Throws: ``MixedModelError`` that names what takes the most.
  func checkMemory(
    of design: ModelDesign, _ system: EquationSystem? = nil, data: DataTable?,
    family: (any Family)? = nil
  ) throws(MixedModelError) {
    guard let memoryLimit else { return }
    let memory = FitPlan.Memory(design, system, data: data, family: family)
    guard memory.peak > memoryLimit else { return }
    throw .memoryLimitExceeded(
      memory, limit: memoryLimit, design: design,
      blocks: system.map { FitPlan.Block.all(of: design.randomEffects, $0) } ?? [])
  }
}

extension FitPlan {
  /// Refuses to go on with a fit that would take more memory than a limit.
  /// - Parameter limit: in bytes.
  /// - Throws: ``MixedModelError`` that names what takes the most, and says what helps.
  public func checkMemory(limit: Int) throws(MixedModelError) {
    guard memory.peak > limit else { return }
    throw .memoryLimitExceeded(memory, limit: limit, design: design, blocks: blocks)
  }
}
